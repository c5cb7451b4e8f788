//! `brolga scale`: one thing measured on more and more threads.
//!
//! The serial fraction is Amdahl's (G. M. Amdahl, AFIPS 1967): times go with s + (1 - s) / n on n threads, and s is fitted to all of
//! them by least squares.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use brolga::{Error, ErrorKind, Report};
use comfy_table::{CellAlignment, Table, presets};
use plotters::prelude::*;
use serde_json::json;

use crate::args::{EvalArgs, Options, RunArgs, ScaleArgs};
use crate::change::{Change, Content};
use crate::colormap::Colormap;
use crate::output::unwritten;
use crate::progress::Progress;
use crate::target::Target;
use crate::{Failure, eval, report, run, stdout};

/// Warmed calls on a number of threads, in seconds.
struct Run {
    threads: u32,
    median: f64,
    min: f64,
}

/// Does all of it.
pub fn scale(args: &ScaleArgs) -> Result<(), Failure> {
    if let Some(plot) = &args.plot
        && plot.extension().is_none_or(|ending| ending != "svg")
    {
        return Err(Failure::Usage(format!("{}: a plot goes to a .svg file", plot.display())));
    }
    let mut threads = args.threads.clone();
    if threads.is_empty() {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        threads = (1..=cores as u32).collect();
    }
    // Speed-ups are over one thread.
    threads.push(1);
    threads.sort_unstable();
    threads.dedup();
    let progress = Progress::of("measuring", threads.len() as u64);
    let mut runs = Vec::new();
    measure(args, &threads, |threads, report| {
        runs.push(Run {
            threads,
            median: report.warmed_median.as_secs_f64(),
            min: report.warmed_min.as_secs_f64(),
        });
        progress.step();
    })?;
    drop(progress);
    let serial = serial_fraction(&runs);
    let said = if args.json { json(args, &runs, serial) } else { table(&runs, serial) };
    let plot = args.plot.as_deref().map(|path| prepared(path, &runs, serial)).transpose()?;
    stdout::print(&said)?;
    if let Some((mut change, content)) = plot {
        let path = args.plot.as_deref().expect("it was prepared");
        change.make(&content, false).map_err(|why| unwritten(path, why))?;
    }
    Ok(())
}

fn measure(args: &ScaleArgs, threads: &[u32], each: impl FnMut(u32, Report)) -> Result<(), Failure> {
    let options = Options {
        threads: None,
        fp: args.fp,
        backend: args.backend,
        colormap: Colormap::default(),
        time: true,
        repeat: args.repeat,
        json: false,
        emit: None,
    };
    let (arguments, output) = (args.arguments.clone(), Vec::new());
    match &args.call {
        None => {
            let args = EvalArgs { expression: args.what.clone(), arguments, output, options };
            eval::measured(&args, threads, each)
        }
        Some(call) => {
            let file = PathBuf::from(&args.what);
            let args = RunArgs { file, call: Some(call.clone()), arguments, output, options };
            run::measured(&args, call, threads, each)
        }
    }
}

fn speed_up(runs: &[Run], run: &Run) -> f64 {
    runs[0].median / run.median
}

/// The part of the time on one thread that more threads do not shorten; none from one number of threads alone.
fn serial_fraction(runs: &[Run]) -> Option<f64> {
    let (mut above, mut below) = (0.0, 0.0);
    for run in &runs[1..] {
        let (time, share) = (run.median / runs[0].median, 1.0 / f64::from(run.threads));
        above += (time - share) * (1.0 - share);
        below += (1.0 - share) * (1.0 - share);
    }
    (below > 0.0).then(|| (above / below).clamp(0.0, 1.0))
}

/// How many times faster n threads are by Amdahl's law.
fn amdahl(serial: f64, threads: f64) -> f64 {
    1.0 / (serial + (1.0 - serial) / threads)
}

fn table(runs: &[Run], serial: Option<f64>) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["threads", "median", "minimum", "speed-up", "efficiency"]);
    for run in runs {
        let speed_up = speed_up(runs, run);
        table.add_row([
            run.threads.to_string(),
            report::seconds_text(run.median),
            report::seconds_text(run.min),
            format!("{speed_up:.2}"),
            format!("{:.0} %", 100.0 * speed_up / f64::from(run.threads)),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let law = match serial {
        None => String::new(),
        Some(0.0) => "serial fraction by Amdahl's law: none\n".to_string(),
        Some(serial) => format!(
            "serial fraction by Amdahl's law: {:.1} %, so at most {:.1} times as fast on any number of threads\n",
            100.0 * serial,
            1.0 / serial
        ),
    };
    format!("{table}\n{law}")
}

fn json(args: &ScaleArgs, runs: &[Run], serial: Option<f64>) -> String {
    let of = |run: &Run| {
        let speed_up = speed_up(runs, run);
        json!({
            "threads": run.threads,
            "median_s": run.median,
            "min_s": run.min,
            "speed_up": speed_up,
            "efficiency": speed_up / f64::from(run.threads),
        })
    };
    let (what, text) = match &args.call {
        Some(call) => ("call", call),
        None => ("expression", &args.what),
    };
    let runs: Vec<_> = runs.iter().map(of).collect();
    json!({what: text, "runs": runs, "serial_fraction": serial}).to_string() + "\n"
}

/// The text of a file.
struct Text(String);

impl Content for Text {
    fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        to.write_all(self.0.as_bytes())
    }
}

/// The plot, and the change that puts it into its file.
fn prepared(path: &Path, runs: &[Run], serial: Option<f64>) -> Result<(Change, Text), Error> {
    let mut svg = String::new();
    draw(&mut svg, runs, serial).map_err(|why| Error::new(ErrorKind::Internal, format!("no plot: {why}")))?;
    let content = Text(svg);
    let target = Target::find(path).map_err(|why| unwritten(path, why))?;
    let change = Change::prepare(target, &content).map_err(|why| unwritten(path, why))?;
    Ok((change, content))
}

/// Speed-ups over threads: as measured, by Amdahl's law, and if nothing were serial.
fn draw(svg: &mut String, runs: &[Run], serial: Option<f64>) -> Result<(), Box<dyn std::error::Error>> {
    let most = f64::from(runs.last().expect("one thread is measured").threads);
    let found = || runs.iter().map(|run| (f64::from(run.threads), speed_up(runs, run)));
    let highest = found().map(|(_, speed_up)| speed_up).fold(most, f64::max);
    let area = SVGBackend::with_string(svg, (640, 480)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(48)
        .build_cartesian_2d(1.0..most.max(2.0), 0.0..1.05 * highest.max(2.0))?;
    let ticks = runs.len().min(16);
    chart
        .configure_mesh()
        .x_desc("threads")
        .y_desc("speed-up")
        .x_labels(ticks.max(2))
        .x_label_formatter(&|threads| format!("{threads:.0}"))
        .draw()?;
    let ideal = [(1.0, 1.0), (most, most)];
    chart
        .draw_series(LineSeries::new(ideal, BLACK.mix(0.3)))?
        .label("ideal")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], BLACK.mix(0.3)));
    if let Some(serial) = serial {
        let steps = (0..=100).map(|step| 1.0 + (most - 1.0) * f64::from(step) / 100.0);
        let law = steps.map(|threads| (threads, amdahl(serial, threads)));
        let label = format!("Amdahl, {:.1} % serial", 100.0 * serial);
        chart
            .draw_series(LineSeries::new(law, &BLUE))?
            .label(label)
            .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], BLUE));
    }
    chart
        .draw_series(found().map(|point| Circle::new(point, 4, RED.filled())))?
        .label("measured")
        .legend(|(x, y)| Circle::new((x + 10, y), 4, RED.filled()));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(serial: f64) -> Vec<Run> {
        let run = |threads: u32| {
            let time = 2.0 / amdahl(serial, f64::from(threads));
            Run { threads, median: time, min: time }
        };
        [1, 2, 4, 8].map(run).into()
    }

    #[test]
    fn the_serial_fraction_is_found_again() {
        for serial in [0.0, 0.1, 0.5, 1.0] {
            let found = serial_fraction(&runs(serial)).unwrap();
            assert!((found - serial).abs() < 1e-12, "{found}");
        }
        assert_eq!(serial_fraction(&runs(0.5)[..1]), None);
    }

    #[test]
    fn the_plot_has_a_point_for_each_number_of_threads() {
        let mut svg = String::new();
        draw(&mut svg, &runs(0.25), Some(0.25)).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        // One more is in the legend.
        assert_eq!(svg.matches("<circle").count(), 5);
        assert!(svg.contains("25.0 % serial"));
    }
}
