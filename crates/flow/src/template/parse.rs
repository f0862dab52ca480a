//! Reads templates, in one pass from left to right without going back.

use std::ops::Range;

use recado_model::limits::RENDERED_BYTES_MAX;

use super::{FILTERS_MAX, PATH_STEPS_MAX, Placeholder, Root, Segment, Step, Template, TemplateProblem, filter::Filter};

/// Reads a whole template.
pub(super) fn template(source: &str) -> Result<Template, TemplateProblem> {
    if source.len() > RENDERED_BYTES_MAX {
        return Err(TemplateProblem::TooLong { max: RENDERED_BYTES_MAX });
    }
    let mut segments = Vec::new();
    let mut literal = String::new();
    let mut quotes = JsonQuotes::default();
    let mut at = 0;
    while let Some(found) = source[at..].find("{{") {
        let open = at + found;
        let escaped = source[at..open].ends_with('\\');
        let before = &source[at..open - usize::from(escaped)];
        literal.push_str(before);
        quotes.pass(before);
        if escaped {
            literal.push_str("{{");
            quotes.pass("{{");
            at = open + 2;
            continue;
        }
        let (placeholder, end) = placeholder_at(source, open)?;
        if !literal.is_empty() {
            segments.push(Segment::Literal(std::mem::take(&mut literal)));
        }
        let whole_url = segments.is_empty() && matches!(source.as_bytes().get(end), None | Some(b'/' | b'?' | b'#'));
        segments.push(Segment::Hole { placeholder, in_string: quotes.open, whole_url });
        at = end;
    }
    literal.push_str(&source[at..]);
    if !literal.is_empty() {
        segments.push(Segment::Literal(literal));
    }
    Ok(Template::of_segments(segments))
}

/// Reads the inside of braces alone.
pub(super) fn alone(inside: &str) -> Result<Placeholder, TemplateProblem> {
    let source = format!("{{{{{inside}}}}}");
    let (placeholder, end) = placeholder_at(&source, 0)?;
    if end == source.len() { Ok(placeholder) } else { Err(TemplateProblem::Brace { at: end }) }
}

/// Reads the placeholder whose `{{` stands at the byte `open`; gives the byte after its `}}`.
pub(crate) fn placeholder_at(source: &str, open: usize) -> Result<(Placeholder, usize), TemplateProblem> {
    let mut reader = Reader { source, open, at: open + 2 };
    let (root, mut name_at) = reader.root()?;
    let (path, first_key_at) = reader.path()?;
    if matches!(root, Root::Run) {
        name_at = first_key_at;
    }
    let filters = reader.filters()?;
    if reader.eat("}}") {
        if matches!(root, Root::Run) && path.is_empty() {
            return Err(TemplateProblem::NoName { at: reader.character(open) });
        }
        return Ok((Placeholder { root, path, filters, name_at }, reader.at));
    }
    Err(reader.stuck())
}

/// Follows the string literals of JSON.
#[derive(Default)]
struct JsonQuotes {
    open: bool,
    escaped: bool,
}

impl JsonQuotes {
    fn pass(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.open => self.escaped = true,
                b'"' => self.open = !self.open,
                _ => {}
            }
        }
    }
}

struct Reader<'a> {
    source: &'a str,
    open: usize,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn character(&self, byte: usize) -> usize {
        self.source[..byte].chars().count() + 1
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// The character that is read, counted from 1.
    fn here(&self) -> usize {
        self.character(self.at)
    }

    /// The text up to one of the stop characters.
    fn until(&mut self, stops: &[char]) -> &'a str {
        let rest = self.rest();
        let end = rest.find(stops).unwrap_or(rest.len());
        self.at += end;
        rest[..end].trim()
    }

    fn root(&mut self) -> Result<(Root, Range<usize>), TemplateProblem> {
        self.blanks();
        let dollar = self.rest().starts_with('$');
        self.at += usize::from(dollar);
        let name = self.until(&['.', '[', ']', '|', '{', '}', '\n']);
        let at = self.place(name);
        match (dollar, name) {
            (true, "") => Ok((Root::Run, at)),
            (true, name) => Ok((Root::Dollar(name.to_owned()), at)),
            (false, "") if self.rest().starts_with("}}") => {
                Err(TemplateProblem::NoName { at: self.character(self.open) })
            }
            (false, "") => Err(self.stuck()),
            (false, name) => Ok((Root::Variable(name.to_owned()), at)),
        }
    }

    /// Where a piece of the source stands in it.
    fn place(&self, piece: &str) -> Range<usize> {
        let start = (piece.as_ptr() as usize).saturating_sub(self.source.as_ptr() as usize);
        start..start + piece.len()
    }

    /// The steps, and where the key of the first one stands, its quotes with it.
    fn path(&mut self) -> Result<(Vec<Step>, Range<usize>), TemplateProblem> {
        let mut path = Vec::new();
        let mut first_at = self.at..self.at;
        loop {
            let key_at = if self.eat(".") {
                match self.until(&['.', '[', ']', '|', '{', '}', '\n']) {
                    "" => return Err(TemplateProblem::KeyMissing { at: self.here() }),
                    key => {
                        path.push(Step::Key(key.to_owned()));
                        self.place(key)
                    }
                }
            } else if self.eat("[") {
                let (step, at) = self.bracketed()?;
                path.push(step);
                at
            } else {
                return Ok((path, first_at));
            };
            if path.len() == 1 {
                first_at = key_at;
            }
            if path.len() > PATH_STEPS_MAX {
                return Err(TemplateProblem::TooManySteps { at: self.here(), max: PATH_STEPS_MAX });
            }
        }
    }

    fn bracketed(&mut self) -> Result<(Step, Range<usize>), TemplateProblem> {
        self.blanks();
        let start = self.at;
        let step = if self.rest().starts_with(['\'', '"']) {
            Step::Key(self.quoted()?)
        } else {
            let digits = self.until(&[']', '}', '\n']);
            let index = digits.parse().map_err(|_| TemplateProblem::Index { at: self.here() })?;
            Step::Index(index)
        };
        let at = start..self.at;
        if self.eat("]") { Ok((step, at)) } else { Err(TemplateProblem::Bracket { at: self.here() }) }
    }

    /// A text in single or double quotes, in which a backslash takes the next character as it is.
    fn quoted(&mut self) -> Result<String, TemplateProblem> {
        let mut letters = self.rest().char_indices();
        let Some((_, quote)) = letters.next() else { return Err(self.stuck()) };
        let mut text = String::new();
        let mut escaped = false;
        for (offset, letter) in letters {
            if escaped {
                text.push(letter);
                escaped = false;
            } else if letter == '\\' {
                escaped = true;
            } else if letter == quote {
                self.at += offset + letter.len_utf8();
                return Ok(text);
            } else {
                text.push(letter);
            }
        }
        Err(TemplateProblem::Quote { at: self.here() })
    }

    fn filters(&mut self) -> Result<Vec<Filter>, TemplateProblem> {
        let mut filters = Vec::new();
        while self.eat("|") {
            let name = self.until(&[':', '|', '{', '}', ',', '"', '\'', '\n']);
            let mut arguments = Vec::new();
            if self.eat(":") {
                arguments.push(self.argument()?);
                while self.eat(",") {
                    arguments.push(self.argument()?);
                    if arguments.len() > 3 {
                        return Err(TemplateProblem::TooManyValues { at: self.here() });
                    }
                }
            }
            filters.push(Filter::new(name, arguments)?);
            if filters.len() > FILTERS_MAX {
                return Err(TemplateProblem::TooManyFilters { at: self.here(), max: FILTERS_MAX });
            }
        }
        Ok(filters)
    }

    fn argument(&mut self) -> Result<String, TemplateProblem> {
        self.blanks();
        if self.rest().starts_with(['\'', '"']) {
            return self.quoted();
        }
        match self.until(&['|', ',', '{', '}', '"', '\'', '\n']) {
            "" => Err(TemplateProblem::ValueMissing { at: self.here() }),
            bare => Ok(bare.to_owned()),
        }
    }

    /// Why nothing fits here.
    fn stuck(&self) -> TemplateProblem {
        match self.rest().chars().next() {
            None | Some('\n') => TemplateProblem::NotClosed { at: self.character(self.open) },
            Some(found) => TemplateProblem::Unexpected { at: self.here(), found },
        }
    }
}
