//! Spans and errors: one message, the text it speaks of, and carets under it.
//!
//! This module knows text and positions. It must not know tokens, types or any stage.

use std::fmt;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// A range of bytes in the source text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The text under the span.
    pub fn text(self, source: &str) -> &str {
        &source[self.start as usize..self.end as usize]
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// What went wrong, for programs; people read the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not in the language.
    Syntax,
    /// A name that nothing is bound to.
    Name,
    /// A type that an operation does not take, or a wrong number of arguments.
    Type,
    /// Shapes that do not fit together.
    Shape,
    /// An index out of range, or more of them than there are axes.
    Index,
    /// A missing or repeated argument of a call, or an output that does not fit.
    Argument,
    /// A value an operation cannot take, such as a negative integer exponent.
    Value,
    /// A limit on length, nesting, operations or memory was passed.
    Limit,
    /// Part of the language that this version does not build.
    Unsupported,
    /// The host cannot do what was asked of it: a thread pool, memory, a back end.
    Host,
    /// A fault of Brolga itself.
    Internal,
}

/// An error in what the user gave: a message, and places in the text with a label each.
#[derive(Clone, Debug)]
pub struct Error(Box<ErrorData>);

#[derive(Clone, Debug)]
struct ErrorData {
    kind: ErrorKind,
    message: String,
    labels: Vec<(Span, String)>,
    help: Option<String>,
    source: Option<Arc<str>>,
    file: Option<Arc<str>>,
}

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with no place in the text yet.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(ErrorData {
            kind,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            source: None,
            file: None,
        }))
    }

    /// Puts carets under `span` with `label` beside them; the first label is the main one.
    #[must_use]
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Error {
        self.0.labels.push((span, label.into()));
        self
    }

    /// Adds a last line that tells what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Error {
        self.0.help = Some(help.into());
        self
    }

    /// Gives the error the text that its spans speak of.
    #[must_use]
    pub fn with_source(mut self, source: &Arc<str>) -> Error {
        self.0.source.get_or_insert_with(|| Arc::clone(source));
        self
    }

    /// Gives the error the name of the file that its text comes from.
    #[must_use]
    pub fn with_file(mut self, name: &Arc<str>) -> Error {
        self.0.file.get_or_insert_with(|| Arc::clone(name));
        self
    }

    /// The error as it is of a part of its text: the places within `from` and `to`, counted from there.
    #[must_use]
    pub(crate) fn within(mut self, from: u32, to: u32) -> Error {
        self.0.labels.retain(|(span, _)| from <= span.start && span.end <= to);
        for (span, _) in &mut self.0.labels {
            *span = Span { start: span.start - from, end: span.end - from };
        }
        self
    }

    /// What went wrong, for programs.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message alone, without the text and the carets.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The main place in the text, if there is one.
    pub fn span(&self) -> Option<Span> {
        self.0.labels.first().map(|(span, _)| *span)
    }

    /// Every place in the text with the words beside its carets, the main one first.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = (Span, &str)> {
        self.0.labels.iter().map(|(span, words)| (*span, words.as_str()))
    }

    /// The text that the spans speak of, if it is known.
    pub fn source_text(&self) -> Option<&str> {
        self.0.source.as_deref()
    }

    /// The last line, which tells what to do about it.
    pub fn help_text(&self) -> Option<&str> {
        self.0.help.as_deref()
    }
}

/// How much text around a label is shown: a message stays a screenful however long its source is.
const CONTEXT: usize = 200;

/// The part of `source` shown with these labels, and the labels moved into it.
fn excerpt<'s>(source: &'s str, labels: &[(Span, String)]) -> (&'s str, usize, Vec<std::ops::Range<usize>>) {
    let clamp = |at: u32| source.floor_char_boundary((at as usize).min(source.len()));
    let first = clamp(labels[0].0.start);
    let low = labels.iter().map(|(s, _)| clamp(s.start)).filter(|&s| s + CONTEXT >= first).min();
    let low = low.unwrap_or(first);
    let ends = labels.iter().map(|(s, _)| clamp(s.end)).filter(|&e| e <= first + CONTEXT);
    let high = ends.chain([first]).max().unwrap_or(first);
    let start = source.floor_char_boundary(low.saturating_sub(CONTEXT));
    let start = source[start..low].rfind('\n').map_or(start, |at| start + at + 1);
    let end = source.floor_char_boundary((high + CONTEXT).min(source.len()));
    let end = source[high..end].find('\n').map_or(end, |at| high + at);
    let inside = |at: u32| clamp(at).clamp(start, end) - start;
    let ranges = labels.iter().map(|(s, _)| inside(s.start)..inside(s.end)).collect();
    let line = source[..start].bytes().filter(|&b| b == b'\n').count() + 1;
    (&source[start..end], line, ranges)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrorData { message, labels, help, source, file, .. } = &*self.0;
        let mut group = Level::ERROR
            .primary_title(message.as_str())
            .elements(None::<Snippet<'_, annotate_snippets::Annotation<'_>>>);
        if let (Some(source), false) = (source, labels.is_empty()) {
            let (text, line, ranges) = excerpt(source, labels);
            let mut snippet = Snippet::source(text).line_start(line).fold(false);
            if let Some(file) = file {
                snippet = snippet.path(&**file);
            }
            for (at, ((_, label), range)) in labels.iter().zip(ranges).enumerate() {
                let kind = if at == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                snippet = snippet.annotation(kind.span(range).label(label.as_str()));
            }
            group = group.element(snippet);
        }
        if let Some(help) = help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        f.write_str(&Renderer::plain().render(&[group]))
    }
}

impl std::error::Error for Error {}

/// `1 byte`, `2 bytes`
pub(crate) fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The known name nearest to `name`, if one is near enough to be meant; another case is no distance.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let limit = (name.chars().count() / 3).max(1);
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|k| (distance(&name, &k.to_lowercase()), k))
        .filter(|&(d, k)| d <= limit && d < k.chars().count())
        .min()
        .map(|(_, k)| k)
}

/// Edits (insert, delete, replace, swap neighbours) between two words; long words are not compared.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > 64 || b.len() > 64 {
        return usize::MAX;
    }
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(rows[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_under_the_span() {
        let source: Arc<str> = Arc::from("a + bb");
        let shown = Error::new(ErrorKind::Name, "unknown name `bb`")
            .at(Span::new(4, 6), "not an argument")
            .help("did you mean `b`?")
            .with_source(&source)
            .to_string();
        assert!(shown.contains("a + bb"), "{shown}");
        assert!(shown.contains("^^ not an argument"), "{shown}");
        assert!(shown.contains("help: did you mean `b`?"), "{shown}");
        // The same for programs.
        let error = Error::new(ErrorKind::Name, "unknown").at(Span::new(4, 6), "here").with_source(&source);
        let labels: Vec<_> = error.labels().collect();
        assert_eq!(labels, [(Span::new(4, 6), "here")]);
        assert_eq!(labels[0].0.text(error.source_text().unwrap()), "bb");
    }

    #[test]
    fn long_sources_are_cut() {
        let source: Arc<str> = Arc::from("é+".repeat(100_000));
        let at = Span::new(150_000, 150_002);
        let shown = Error::new(ErrorKind::Syntax, "no").at(at, "here").with_source(&source).to_string();
        assert!(shown.len() < 4000, "{}", shown.len());
    }

    #[test]
    fn labels_far_apart_are_shown() {
        let source: Arc<str> = Arc::from(format!("a +{}({}1)", " ".repeat(600), " ".repeat(250)));
        let error =
            Error::new(ErrorKind::Type, "no").at(Span::new(603, 855), "long").at(Span::new(0, 1), "far");
        assert!(error.with_source(&source).to_string().contains("long"));
    }

    #[test]
    fn near_names() {
        let known = ["sqrt", "square", "sum", "minimum"];
        assert_eq!(nearest("sqr", known), Some("sqrt"));
        assert_eq!(nearest("minimun", known), Some("minimum"));
        assert_eq!(nearest("zzz", known), None);
    }
}
