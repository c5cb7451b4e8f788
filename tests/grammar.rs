//! The parsers against `grammar/expression.ebnf` and `grammar/kernel.ebnf`: what the grammar makes must parse, and
//! what becomes of it when tokens are lost, doubled, swapped or put in must parse exactly where the grammar derives it.
//!
//! The grammar is read from its file, so that neither can change without the other.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use brolga::ErrorKind;
use brolga::syntax::{Limits, file_tokens, parse, parse_file, tokens};

/// The right side of a rule, or a part of it.
#[derive(Debug)]
enum Part {
    Sequence(Vec<Part>),
    Choice(Vec<Part>),
    Optional(Box<Part>),
    Repeated(Box<Part>),
    Except(Box<Part>, Box<Part>),
    Text(String),
    Range(char, char),
    Words(String),
    Rule(String),
}

/// What stands in a sentence for a token that is made of blanks.
const INDENT: &str = "INDENT";
const DEDENT: &str = "DEDENT";

struct Grammar {
    rules: Vec<(String, Part)>,
    index: HashMap<String, usize>,
    /// Steps to the shortest text of each rule, by which the generator comes to an end.
    heights: Vec<usize>,
    /// Whether a word is in a rule in capitals, kept because the same words come again.
    words: RefCell<HashMap<(usize, String), bool>>,
}

/// Rules in capitals are made of characters.
fn lexical(rule: &str) -> bool {
    rule.starts_with(|c: char| c.is_ascii_uppercase())
}

struct Reader {
    symbols: Vec<String>,
    at: usize,
}

impl Reader {
    /// Cuts a file into names, quoted texts and words (without what closes them), and signs.
    fn new(text: &str) -> Reader {
        let mut symbols = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let until =
                |end: &str| rest[1..].find(end).unwrap_or_else(|| panic!("no {end} after {rest:.40}")) + 1;
            let length = match first {
                '(' if rest.starts_with("(*") => {
                    rest = rest[until("*)") + 2..].trim_start();
                    continue;
                }
                '"' => until("\"") + 1,
                '?' => until("?") + 1,
                c if c.is_ascii_alphabetic() => {
                    rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
                }
                c => c.len_utf8(),
            };
            let closed = matches!(first, '"' | '?');
            symbols.push(rest[..length - usize::from(closed)].to_string());
            rest = rest[length..].trim_start();
        }
        Reader { symbols, at: 0 }
    }

    fn peek(&self) -> &str {
        self.symbols.get(self.at).map_or("", String::as_str)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.peek() == sign;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) {
        assert!(
            self.eat(sign),
            "{sign} expected, {} found after {:?}",
            self.peek(),
            &self.symbols[..self.at]
        );
    }

    fn rules(&mut self) -> Vec<(String, Part)> {
        let mut rules = Vec::new();
        while !self.peek().is_empty() {
            let name = self.symbols[self.at].clone();
            self.at += 1;
            self.expect("=");
            rules.push((name, self.choice()));
            self.expect(";");
        }
        rules
    }

    fn choice(&mut self) -> Part {
        let mut parts = vec![self.sequence()];
        while self.eat("|") {
            parts.push(self.sequence());
        }
        if parts.len() == 1 { parts.remove(0) } else { Part::Choice(parts) }
    }

    fn sequence(&mut self) -> Part {
        let mut parts = Vec::new();
        while !matches!(self.peek(), "|" | ";" | ")" | "]" | "}") {
            let part = self.part();
            parts.push(if self.eat("-") {
                Part::Except(Box::new(part), Box::new(self.part()))
            } else {
                part
            });
        }
        if parts.len() == 1 { parts.remove(0) } else { Part::Sequence(parts) }
    }

    fn part(&mut self) -> Part {
        let symbol = self.symbols[self.at].clone();
        self.at += 1;
        let single = |text: &str| text.chars().last().unwrap();
        match symbol.chars().next().unwrap() {
            '"' if self.eat("…") => {
                self.at += 1;
                Part::Range(single(&symbol), single(&self.symbols[self.at - 1]))
            }
            '"' => Part::Text(symbol[1..].to_string()),
            '?' => Part::Words(symbol[1..].to_string()),
            '(' => self.until(")", |part| part),
            '[' => self.until("]", |part| Part::Optional(Box::new(part))),
            '{' => self.until("}", |part| Part::Repeated(Box::new(part))),
            c if c.is_ascii_alphabetic() => Part::Rule(symbol),
            _ => panic!("{symbol} is no part of a rule"),
        }
    }

    fn until(&mut self, sign: &str, make: impl Fn(Part) -> Part) -> Part {
        let part = self.choice();
        self.expect(sign);
        make(part)
    }
}

impl Part {
    fn visit(&self, f: &mut impl FnMut(&Part)) {
        f(self);
        match self {
            Part::Sequence(parts) | Part::Choice(parts) => parts.iter().for_each(|p| p.visit(f)),
            Part::Optional(part) | Part::Repeated(part) => part.visit(f),
            Part::Except(part, not) => [part, not].into_iter().for_each(|p| p.visit(f)),
            Part::Text(_) | Part::Range(..) | Part::Words(_) | Part::Rule(_) => (),
        }
    }
}

fn read(file: &str) -> Vec<(String, Part)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar").join(file);
    Reader::new(&std::fs::read_to_string(path).unwrap()).rules()
}

/// Characters, and tokens, that the grammar tells of in words.
fn samples(words: &str) -> &'static [&'static str] {
    match words {
        w if w.contains("XID_Start") => &["é", "Ω", "变", "ß"],
        w if w.contains("XID_Continue") => &["é", "٣", "\u{301}"],
        w if w.contains("line feed") => &["\n", "\r", "\r\n"],
        w if w.contains("quotation marks") => {
            &["'a b'", "\"x\"", "r'\\\\'", "U\"\"", "\"\"\"a\n 'b' \\\"\"\"\"", "''", "R'''#\r\n\\''''"]
        }
        w if w.contains("further in") => &[INDENT],
        w if w.contains("further out") => &[DEDENT],
        _ => panic!("no samples of {words}"),
    }
}

impl Grammar {
    fn new(rules: Vec<(String, Part)>) -> Grammar {
        let index: HashMap<_, _> = rules.iter().enumerate().map(|(i, (name, _))| (name.clone(), i)).collect();
        assert_eq!(index.len(), rules.len(), "no rule is defined twice");
        let heights = vec![usize::MAX / 2; rules.len()];
        let mut grammar = Grammar { rules, index, heights, words: RefCell::default() };
        loop {
            let next: Vec<usize> = grammar.rules.iter().map(|(_, part)| grammar.height(part) + 1).collect();
            let done = next == grammar.heights;
            grammar.heights = next;
            if done {
                return grammar;
            }
        }
    }

    fn rule(&self, name: &str) -> usize {
        *self.index.get(name).unwrap_or_else(|| panic!("no rule {name}"))
    }

    fn height(&self, part: &Part) -> usize {
        match part {
            Part::Sequence(parts) => parts.iter().map(|p| self.height(p)).max().unwrap_or(0),
            Part::Choice(parts) => parts.iter().map(|p| self.height(p)).min().unwrap_or(0),
            Part::Optional(_) | Part::Repeated(_) => 0,
            Part::Except(part, _) => self.height(part),
            Part::Text(_) | Part::Range(..) | Part::Words(_) => 0,
            Part::Rule(name) => self.heights[self.rule(name)],
        }
    }

    /// Rules that are spoken of, and defined nowhere.
    fn undefined(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for (_, part) in &self.rules {
            part.visit(&mut |p| match p {
                Part::Rule(name) if !self.index.contains_key(name) => missing.push(name.clone()),
                _ => (),
            });
        }
        missing
    }

    /// Every token that a syntactic rule or the list of reserved words spells out.
    fn spelled(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for (name, part) in &self.rules {
            if !lexical(name) || name == "RESERVED" {
                part.visit(&mut |p| {
                    if let Part::Text(text) = p {
                        texts.push(text.clone());
                    }
                });
            }
        }
        texts.sort();
        texts.dedup();
        texts
    }

    /// Whether `word` is a token of the lexical rule.
    fn is_word(&self, rule: usize, word: &str) -> bool {
        if let Part::Words(words) = &self.rules[rule].1 {
            return samples(words).contains(&word);
        }
        if let Some(known) = self.words.borrow().get(&(rule, word.to_string())) {
            return *known;
        }
        let items: Vec<String> = word.chars().map(String::from).collect();
        let found = Recogniser::new(self, &items, true).derives(rule);
        self.words.borrow_mut().insert((rule, word.to_string()), found);
        found
    }

    fn derives(&self, start: &str, sentence: &[String]) -> bool {
        Recogniser::new(self, sentence, false).derives(self.rule(start))
    }
}

/// Finds where each part may end that begins at each place: sets of places, as bits.
struct Recogniser<'g> {
    grammar: &'g Grammar,
    items: &'g [String],
    characters: bool,
    known: Vec<Option<u128>>,
}

impl<'g> Recogniser<'g> {
    fn new(grammar: &'g Grammar, items: &'g [String], characters: bool) -> Recogniser<'g> {
        assert!(items.len() < 127);
        Recogniser { grammar, items, characters, known: vec![None; grammar.rules.len() * (items.len() + 1)] }
    }

    fn derives(&mut self, rule: usize) -> bool {
        self.rule_ends(rule, 0) >> self.items.len() & 1 == 1
    }

    fn rule_ends(&mut self, rule: usize, at: usize) -> u128 {
        let slot = rule * (self.items.len() + 1) + at;
        if let Some(ends) = self.known[slot] {
            return ends;
        }
        let grammar = self.grammar;
        let ends = self.ends(&grammar.rules[rule].1, at);
        self.known[slot] = Some(ends);
        ends
    }

    fn ends_of_all(&mut self, part: &Part, mut starts: u128) -> u128 {
        let mut ends = 0;
        while starts != 0 {
            ends |= self.ends(part, starts.trailing_zeros() as usize);
            starts &= starts - 1;
        }
        ends
    }

    fn ends(&mut self, part: &Part, at: usize) -> u128 {
        let item = self.items.get(at).map(String::as_str);
        let one = |found: bool| u128::from(found) << (at + 1);
        match part {
            Part::Sequence(parts) => parts.iter().fold(1 << at, |starts, p| self.ends_of_all(p, starts)),
            Part::Choice(parts) => parts.iter().fold(0, |ends, p| ends | self.ends(p, at)),
            Part::Optional(part) => self.ends(part, at) | 1 << at,
            Part::Repeated(part) => {
                let (mut all, mut new) = (1 << at, 1 << at);
                while new != 0 {
                    new = self.ends_of_all(part, new) & !all;
                    all |= new;
                }
                all
            }
            Part::Except(part, not) => self.ends(part, at) & !self.ends(not, at),
            Part::Text(text) if self.characters => {
                let rest = self.items[at..].concat();
                u128::from(rest.starts_with(text.as_str())) << (at + text.chars().count())
            }
            Part::Text(text) => one(item == Some(text)),
            Part::Range(low, high) => {
                one(item.is_some_and(|i| i.chars().all(|c| (*low..=*high).contains(&c))))
            }
            Part::Words(words) => one(item.is_some_and(|i| samples(words).contains(&i))),
            Part::Rule(name) => {
                let rule = self.grammar.rule(name);
                if !self.characters && lexical(name) {
                    return one(item.is_some_and(|word| self.grammar.is_word(rule, word)));
                }
                self.rule_ends(rule, at)
            }
        }
    }
}

/// A generator of random numbers (xorshift), the same ones every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Writes a random text of `part` to `out`: a token an item, or a character an item. When more than
/// `size` items are there it takes the shortest way out.
fn generate(grammar: &Grammar, part: &Part, random: &mut Random, size: usize, out: &mut Vec<String>) {
    let full = out.len() >= size;
    match part {
        Part::Sequence(parts) => parts.iter().for_each(|p| generate(grammar, p, random, size, out)),
        Part::Choice(parts) if full => {
            let shortest = parts.iter().min_by_key(|p| grammar.height(p)).unwrap();
            generate(grammar, shortest, random, size, out);
        }
        Part::Choice(parts) => generate(grammar, random.pick(parts), random, size, out),
        Part::Optional(part) => {
            if !full && random.chance(30) {
                generate(grammar, part, random, size, out);
            }
        }
        Part::Repeated(part) => {
            while out.len() < size && random.chance(18) {
                generate(grammar, part, random, size, out);
            }
        }
        Part::Except(part, _) => generate(grammar, part, random, size, out),
        Part::Text(text) => out.push(text.clone()),
        Part::Range(low, high) => {
            let range: Vec<char> = (*low..=*high).collect();
            out.push(random.pick(&range).to_string());
        }
        Part::Words(words) => out.push(random.pick(samples(words)).to_string()),
        Part::Rule(name) if lexical(name) => out.push(word(grammar, grammar.rule(name), random)),
        Part::Rule(name) => generate(grammar, &grammar.rules[grammar.rule(name)].1, random, size, out),
    }
}

/// A random token of a lexical rule.
fn word(grammar: &Grammar, rule: usize, random: &mut Random) -> String {
    loop {
        let mut characters = Vec::new();
        generate(grammar, &grammar.rules[rule].1, random, 12, &mut characters);
        let word = characters.concat();
        // An exception may have been hit: a name that is a reserved word.
        if grammar.is_word(rule, &word) {
            return word;
        }
    }
}

/// What the lexer drops: newlines inside brackets.
fn significant(sentence: &[String]) -> Vec<String> {
    let mut depth = 0usize;
    let mut kept = Vec::new();
    for token in sentence {
        match token.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "\n" | "\r" | "\r\n" if depth > 0 => continue,
            _ => (),
        }
        kept.push(token.clone());
    }
    kept
}

/// The tokens with random blanks between.
fn spaced(sentence: &[String], random: &mut Random) -> String {
    let mut text = String::new();
    let mut depth = 0usize;
    for token in sentence {
        text.push_str(token);
        match token.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => (),
        }
        let blanks = if depth > 0 {
            [" ", "\t", "  ", " \\\n", "\n", " # )\r\n"]
        } else {
            [" ", "\t", " ", "\x0c", " \\\r\n", "  "]
        };
        text.push_str(if random.chance(80) { " " } else { blanks[random.below(6)] });
    }
    text.trim_end_matches(['\\', '\n', '\r', ' ']).to_string()
}

/// What the head of the grammar says no rule says.
fn beyond_the_grammar(source: &str) -> bool {
    match parse(source, &Limits::default()) {
        Err(e) => {
            let m = e.message();
            e.kind() == ErrorKind::Limit
                || m.contains("given twice")
                || m.contains("too large")
                || m.contains("empty tuple")
        }
        Ok(_) => false,
    }
}

fn mutate(sentence: &mut Vec<String>, pool: &[String], random: &mut Random) {
    let at = random.below(sentence.len().max(1));
    match random.below(5) {
        0 if !sentence.is_empty() => {
            sentence.remove(at);
        }
        1 if !sentence.is_empty() => {
            // A run of tokens once more, somewhere: `else b if c` from `a if b else c`.
            let run = sentence[at..sentence.len().min(at + 1 + random.below(4))].to_vec();
            let to = random.below(sentence.len() + 1);
            sentence.splice(to..to, run);
        }
        2 if sentence.len() > 1 => {
            let other = random.below(sentence.len());
            sentence.swap(at, other);
        }
        3 if !sentence.is_empty() => sentence[at] = random.pick(pool).clone(),
        _ => sentence.insert(at, random.pick(pool).clone()),
    }
}

#[test]
fn the_parser_takes_what_the_grammar_makes_and_nothing_else() {
    let grammar = Grammar::new(read("expression.ebnf"));
    let program = &grammar.rules[grammar.rule("program")].1;
    let mut pool = grammar.spelled();
    pool.extend(["\n", "x", "np", "1", "2.5", "3j"].map(String::from));
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut beyond, mut taken, mut refused) = (0, 0, 0);
    let sentences = 10_000;
    for round in 0..sentences {
        let mut sentence = Vec::new();
        generate(&grammar, program, &mut random, 2 + round % 30, &mut sentence);
        let source = spaced(&sentence, &mut random);
        if let Err(error) = parse(&source, &Limits::default()) {
            assert!(beyond_the_grammar(&source), "the grammar makes {source:?}\n{}", error.message());
            beyond += 1;
        }
        if sentence.len() > 100 {
            continue;
        }
        for _ in 0..1 + random.below(2) {
            mutate(&mut sentence, &pool, &mut random);
        }
        let sentence = significant(&sentence);
        let source = spaced(&sentence, &mut random);
        match (grammar.derives("program", &sentence), parse(&source, &Limits::default())) {
            (true, Ok(_)) => taken += 1,
            (false, Err(_)) => refused += 1,
            (true, Err(error)) => {
                assert!(beyond_the_grammar(&source), "the grammar derives {source:?}\n{}", error.message());
            }
            (false, Ok(ast)) => panic!("the grammar does not derive {source:?}, which parses to\n{ast}"),
        }
    }
    // The test is worth something only if it sees enough of either kind.
    assert!(beyond < sentences / 20, "{beyond}");
    assert!(taken > sentences / 10 && refused > sentences / 4, "{taken} taken, {refused} refused");
}

/// The rules of files, where those of expressions are replaced by those of the same name.
fn kernels() -> Vec<(String, Part)> {
    let mut rules = read("kernel.ebnf");
    let own: Vec<String> = rules.iter().map(|(name, _)| name.clone()).collect();
    rules.extend(read("expression.ebnf").into_iter().filter(|(name, _)| !own.contains(name)));
    rules
}

/// Whether lines can be laid out so that their blanks make these very tokens.
fn has_layout(sentence: &[String]) -> bool {
    let (mut depth, mut brackets, mut before) = (0usize, 0usize, "\n");
    for token in sentence {
        let token = token.as_str();
        let fresh = matches!(before, "\n" | INDENT | DEDENT);
        match token {
            "(" | "[" | "{" => brackets += 1,
            ")" | "]" | "}" if brackets == 0 => return false,
            ")" | "]" | "}" => brackets -= 1,
            "\n" | "\r" | "\r\n" if fresh || brackets > 0 => return false,
            INDENT if before != "\n" => return false,
            INDENT => depth += 1,
            DEDENT if !matches!(before, "\n" | DEDENT) || depth == 0 => return false,
            DEDENT => depth -= 1,
            _ => (),
        }
        before = if matches!(token, "\r" | "\r\n") { "\n" } else { token };
    }
    let starts = sentence.first().is_some_and(|first| first != INDENT && first != DEDENT);
    brackets == 0 && depth == 0 && matches!(before, "\n" | DEDENT) && starts
}

/// The lines of a sentence, each as far in as its block, with random blanks between its tokens.
fn lines(sentence: &[String], random: &mut Random) -> String {
    let mut blocks = vec![" ".repeat(random.below(3))];
    let (mut text, mut line) = (String::new(), Vec::new());
    for token in sentence {
        match token.as_str() {
            INDENT => {
                let further = [" ", "    ", "\t"][random.below(3)];
                blocks.push(format!("{}{further}", blocks[blocks.len() - 1]));
            }
            DEDENT => drop(blocks.pop()),
            "\n" | "\r" | "\r\n" => {
                for _ in 0..random.below(2) * random.below(3) {
                    text.push_str(["\n", "   # x\r\n", "\t\n", "\x0c\r"][random.below(4)]);
                }
                text.push_str(&blocks[blocks.len() - 1]);
                text.push_str(&spaced(&line, random));
                text.push_str([" ", " # (", ""][random.below(3)]);
                text.push_str(token);
                line.clear();
            }
            _ => line.push(token.clone()),
        }
    }
    text
}

/// The tree of a text that is one kernel, and nothing else.
fn one_kernel(source: &str) -> Result<String, String> {
    match parse_file(source, &Limits::default()) {
        Err(error) => Err(error.message().to_string()),
        Ok(file) => {
            let alone = file.imports.is_empty() && file.constants.is_empty() && file.skipped.is_empty();
            match &file.functions[..] {
                [one] if alone => match &one.unsupported {
                    None => Ok(file.to_string()),
                    Some(error) => Err(error.message().to_string()),
                },
                _ => Err("not one kernel".to_string()),
            }
        }
    }
}

#[test]
fn the_parser_of_files_takes_what_the_grammar_makes_and_nothing_else() {
    let grammar = Grammar::new(kernels());
    let kernel = &grammar.rules[grammar.rule("kernel")].1;
    let mut pool = grammar.spelled();
    pool.extend(
        ["\n", INDENT, DEDENT, "x", "np", "1", "2.5", "3j", "'a b'", "{", "f'x'", ":=", "!"]
            .map(String::from),
    );
    let beyond = |message: &str| {
        ["given twice", "too large", "deeper than", "two parameters", "without a default"]
            .iter()
            .any(|part| message.contains(part))
    };
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let (mut left, mut taken, mut refused) = (0, 0, 0);
    let sentences = 6_000;
    for round in 0..sentences {
        let mut sentence = Vec::new();
        generate(&grammar, kernel, &mut random, 8 + round % 60, &mut sentence);
        let source = lines(&sentence, &mut random);
        if let Err(message) = one_kernel(&source) {
            assert!(beyond(&message), "the grammar makes {source:?}\n{message}");
            left += 1;
        }
        if sentence.len() > 100 {
            continue;
        }
        for _ in 0..1 + random.below(2) {
            mutate(&mut sentence, &pool, &mut random);
        }
        if !has_layout(&sentence) {
            continue;
        }
        let source = lines(&sentence, &mut random);
        match (grammar.derives("kernel", &sentence), one_kernel(&source)) {
            (true, Ok(_)) => taken += 1,
            (false, Err(_)) => refused += 1,
            (true, Err(message)) => assert!(beyond(&message), "the grammar derives {source:?}\n{message}"),
            (false, Ok(tree)) => panic!("the grammar does not derive {source:?}, which parses to\n{tree}"),
        }
    }
    assert!(left < sentences / 10, "{left}");
    assert!(taken > sentences / 15 && refused > sentences / 6, "{taken} taken, {refused} refused");
}

#[test]
fn files_of_any_kind_do_not_panic() {
    let pieces = [
        "a", "1", "1e", "(", ")", "[", "]", "{", "}", "=", "+=", "@", "*", "not", "if ", "else", ":", "\n",
        "\n ", "\n  ", "\n\t", "\\", "\r", "é", "\"", "'''", "f'", "#", " ", ",", "def f():", "def f(",
        "return ", "for ", " in ", "while ", "elif ", "import ", "from ", "class C:", "lambda ", "try:",
        "->", ":=", "!", "\0", "match x:", "\x0c", "\u{feff}", "...", ";", "pass", "is ",
    ];
    let mut random = Random(7);
    for _ in 0..20_000 {
        let source: String = (0..random.below(20)).map(|_| *random.pick(&pieces)).collect();
        let errors = match parse_file(&source, &Limits::default()) {
            Err(error) => vec![error],
            Ok(file) => {
                let _ = file.to_string();
                file.functions.into_iter().filter_map(|f| f.unsupported).collect()
            }
        };
        for error in errors {
            let span = error.span().unwrap_or_default();
            assert!(source.get(span.start as usize..span.end as usize).is_some(), "{source:?} {span:?}");
            let _ = error.with_source(&source.as_str().into()).to_string();
        }
        let _ = file_tokens(&source, usize::MAX);
    }
}

#[test]
fn texts_of_any_kind_do_not_panic() {
    let pieces = [
        "a", "1", "0x", "1e", ".", "..", "(", ")", "[", "]", "=", "==", "**", "not", "if", "else", "\n",
        "\\", "\r", "é", "²", "_", "0", "\"", "#", " ", ",", ":", "j", "\u{feff}", "😀", "&&", "np.", "~",
        "\0",
    ];
    let mut random = Random(1);
    for _ in 0..5000 {
        let source: String = (0..random.below(12)).map(|_| *random.pick(&pieces)).collect();
        if let Err(error) = parse(&source, &Limits::default()) {
            let span = error.span().unwrap_or_default();
            assert!(source.get(span.start as usize..span.end as usize).is_some(), "{source:?} {span:?}");
            let _ = error.with_source(&source.as_str().into()).to_string();
        }
        let _ = tokens(&source, usize::MAX);
    }
}

#[test]
fn every_rule_is_defined() {
    let expression = read("expression.ebnf");
    assert_eq!(Grammar::new(expression).undefined(), [""; 0]);
    assert_eq!(Grammar::new(kernels()).undefined(), [""; 0]);
}

/// The files under `tests/golden`: a source, a line of dashes, and what is printed for it.
fn golden(folder: &str, print: impl Fn(&str) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder);
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (source, want) = text.split_once("----\n").unwrap_or_else(|| panic!("no dashes in {path:?}"));
        let got = print(source);
        assert!(got == want, "{} should end in\n{got}", path.display());
        seen += 1;
    }
    assert!(seen > 0, "nothing in {}", folder.display());
}

#[test]
fn golden_trees() {
    golden("ast", |source| parse(source, &Limits::default()).unwrap().to_string());
}

#[test]
fn golden_trees_of_files() {
    golden("file_ast", |source| parse_file(source, &Limits::default()).unwrap().to_string());
}

#[test]
fn golden_tokens() {
    golden("tokens", |source| tokens(source, usize::MAX).unwrap());
}
