//! Measurements as a table for people, and as JSON for programs.

use std::time::Duration;

use brolga::{Array, Report, Scalar};
use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;

/// The measurements as text; of a call they say nothing of the interpreter.
pub fn table(what: &'static str, report: &Report) -> String {
    let stages = &report.stages;
    let first = |duration| duration_text(duration);
    let mut times = Table::new();
    times.load_style(presets::ASCII_MARKDOWN);
    times.set_header(["", "first call", "warmed median", "warmed minimum"]);
    for (stage, time) in [
        ("parse", stages.parse),
        ("check", stages.check),
        ("lower", stages.lower),
        ("optimise", stages.optimize),
        ("codegen", stages.codegen),
    ] {
        times.add_row([stage.to_string(), first(time)]);
    }
    let recompiled = if report.recompiles > 0 { first(report.recompile_median) } else { String::new() };
    times.add_row(["compile".to_string(), first(stages.compile()), recompiled]);
    times.add_row([
        "run".to_string(),
        first(report.first_run),
        first(report.warmed_median),
        first(report.warmed_min),
    ]);
    times.add_row(["total".to_string(), first(stages.compile() + report.first_run)]);
    for column in times.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let break_even = match report.break_even_elements {
        _ if what == "call" => String::new(),
        Some(elements) => format!("compiling pays against the interpreter from: {elements} elements\n"),
        None => "compiling pays against the interpreter from: never\n".to_string(),
    };
    let many = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    format!(
        "{times}\n\
         warmed: {:.3} ns an element, {:.2} GB/s ({}; compiled again {})\n\
         {break_even}\
         {}, {}, {} back end, {}, {} floating point\n",
        report.ns_per_element(),
        report.gb_per_s(),
        many(report.repeats, "run"),
        many(report.recompiles, "time"),
        many(report.elements, "element"),
        many(report.threads, "thread"),
        report.backend,
        many(report.lanes, "lane"),
        report.fp,
    )
}

/// A time in the unit that fits it.
fn duration_text(duration: Duration) -> String {
    seconds_text(duration.as_secs_f64())
}

/// As [`duration_text`].
pub fn seconds_text(seconds: f64) -> String {
    // The names of all units are two columns wide, so that the numbers stand under one another.
    let (scale, unit) = match seconds {
        s if s < 1e-6 => (1e9, "ns"),
        s if s < 1e-3 => (1e6, "µs"),
        s if s < 1.0 => (1e3, "ms"),
        _ => (1.0, "s "),
    };
    format!("{:.2} {unit}", seconds * scale)
}

/// The measurements as one JSON object, whose keys scripts rely on. A value that is no finite number
/// is one of the words `NaN`, `Infinity` and `-Infinity`, as Python's `json` has them.
///
/// `what` is the key of the text: `expression` or `call`.
pub fn json(what: &'static str, text: &str, report: &Report) -> String {
    let seconds = |duration: Duration| duration.as_secs_f64();
    let stages = &report.stages;
    let mut fields = vec![(what, json!(text).to_string())];
    if let Some(result) = report.results.first() {
        fields.push(("dtype", json!(result.dtype().name()).to_string()));
        fields.push(("shape", json!(result.shape()).to_string()));
        fields.extend(value(result).map(|value| ("value", value)));
    }
    let first_call = json!({
        "parse_s": seconds(stages.parse),
        "check_s": seconds(stages.check),
        "lower_s": seconds(stages.lower),
        "optimize_s": seconds(stages.optimize),
        "codegen_s": seconds(stages.codegen),
        "compile_s": seconds(stages.compile()),
        "run_s": seconds(report.first_run),
        "total_s": seconds(stages.compile() + report.first_run),
    });
    let recompile = json!({"repeats": report.recompiles, "median_s": seconds(report.recompile_median)});
    let warmed = json!({
        "repeats": report.repeats,
        "median_s": seconds(report.warmed_median),
        "min_s": seconds(report.warmed_min),
        "ns_per_element": report.ns_per_element(),
        "gb_per_s": report.gb_per_s(),
    });
    for (name, value) in [
        ("elements", json!(report.elements)),
        ("bytes", json!(report.bytes)),
        ("threads", json!(report.threads)),
        ("backend", json!(report.backend.name())),
        ("lanes", json!(report.lanes)),
        ("fp", json!(report.fp.name())),
        ("first_call", first_call),
        ("recompile", recompile),
        ("warmed", warmed),
        ("break_even_elements", json!(report.break_even_elements)),
    ] {
        fields.push((name, value.to_string()));
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    format!("{{{}}}\n", fields.join(", "))
}

/// The value of a result that is a single one.
fn value(result: &Array) -> Option<String> {
    if !result.shape().is_empty() {
        return None;
    }
    Some(match result.get(0) {
        Scalar::Bool(v) => v.to_string(),
        Scalar::Float32(v) => float(f64::from(v)),
        Scalar::Float64(v) => float(v),
        Scalar::Complex64(v) => format!("[{}, {}]", float(f64::from(v.re)), float(f64::from(v.im))),
        Scalar::Complex128(v) => format!("[{}, {}]", float(v.re), float(v.im)),
        whole => whole.to_string(),
    })
}

fn float(value: f64) -> String {
    match value {
        v if v.is_nan() => "NaN".to_string(),
        f64::INFINITY => "Infinity".to_string(),
        f64::NEG_INFINITY => "-Infinity".to_string(),
        v => json!(v).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brolga::{Backend, FpMode, StageTimes};

    fn report(result: Array) -> Report {
        let micros = Duration::from_micros;
        Report {
            results: vec![result],
            elements: 1000,
            bytes: 24_000,
            threads: 1,
            backend: Backend::Native,
            lanes: 4,
            fp: FpMode::Strict,
            stages: StageTimes {
                parse: micros(1),
                check: micros(2),
                lower: micros(3),
                optimize: micros(4),
                codegen: micros(1200),
            },
            first_run: Duration::from_nanos(900),
            recompiles: 7,
            recompile_median: micros(800),
            repeats: 1000,
            warmed_median: Duration::from_nanos(600),
            warmed_min: Duration::from_nanos(500),
            break_even_elements: None,
        }
    }

    #[test]
    fn the_keys_of_the_object_in_order() {
        let text = json("expression", "a\n+ \"b\"", &report(Array::from_vec(vec![1i32; 6], [2, 3]).unwrap()));
        let object: serde_json::Value = serde_json::from_str(&text).unwrap();
        let keys: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = "expression dtype shape elements bytes threads backend lanes fp first_call recompile \
                        warmed break_even_elements";
        assert_eq!(keys.join(" "), expected);
        let keys = |of: &str| object[of].as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(
            keys("first_call"),
            "parse_s check_s lower_s optimize_s codegen_s compile_s run_s total_s"
        );
        assert_eq!(keys("recompile"), "repeats median_s");
        assert_eq!(keys("warmed"), "repeats median_s min_s ns_per_element gb_per_s");
        assert_eq!(object["expression"], "a\n+ \"b\"");
        assert_eq!(object["shape"], json!([2, 3]));
        assert_eq!(object["first_call"]["codegen_s"], json!(0.0012));
        assert_eq!(object["warmed"]["ns_per_element"], json!(0.6));
        assert!(object["break_even_elements"].is_null());
    }

    #[test]
    fn values_of_scalar_results() {
        for (value, text) in [
            (Scalar::Float64(3.5), "\"value\": 3.5,"),
            (Scalar::Float64(f64::NAN), "\"value\": NaN,"),
            (Scalar::Float64(f64::INFINITY), "\"value\": Infinity,"),
            (Scalar::Float32(f32::NEG_INFINITY), "\"value\": -Infinity,"),
            (Scalar::Float32(0.1), "\"value\": 0.10000000149011612,"),
            (Scalar::Int64(-3), "\"value\": -3,"),
            (Scalar::Bool(true), "\"value\": true,"),
        ] {
            let shown = json("expression", "a", &report(Array::from_scalar(value)));
            assert!(shown.contains(&format!("\"shape\": [], {text}")), "{shown}");
        }
    }

    #[test]
    fn the_table_has_a_row_for_each_stage() {
        let shown = table("expression", &report(Array::from_vec(vec![0.0; 1000], 1000).unwrap()));
        let rows: Vec<_> =
            shown.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()).collect();
        assert_eq!(rows[1..], ["parse", "check", "lower", "optimise", "codegen", "compile", "run", "total"]);
        for part in ["1.20 ms", "900.00 ns", "0.600 ns an element", "40.00 GB/s", "never", "1 thread,"] {
            assert!(shown.contains(part), "{part} in\n{shown}");
        }
    }

    #[test]
    fn times_in_the_unit_that_fits() {
        for (nanoseconds, text) in [
            (0, "0.00 ns"),
            (999, "999.00 ns"),
            (1_500, "1.50 µs"),
            (2_000_000, "2.00 ms"),
            (3_000_000_000, "3.00 s "),
        ] {
            assert_eq!(duration_text(Duration::from_nanos(nanoseconds)), text);
        }
    }
}
