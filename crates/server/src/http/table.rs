//! A table that arrives as CSV (RFC 4180, UTF-8), read while it comes: a row is in memory, never all of them.
//!
//! Spreadsheets separate cells by a comma, a semicolon (where the comma is in numbers) or a tab: the first line tells which.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::{Buf as _, Bytes};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::{error::ApiError, problem_code::ProblemCode};

/// Bytes of a whole table.
pub const TABLE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of one row.
pub const ROW_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of the first line that are looked at to see what separates its cells.
const FIRST_BYTES: usize = 64 * 1024;
/// Cells of one row.
pub const CELLS_MAX: usize = 1_000;
/// The longest wait for the next bytes.
const PIECE_WITHIN: Duration = Duration::from_secs(20);
/// The longest wait for all of them: 64 MiB at half a megabit a second.
const ALL_WITHIN: Duration = Duration::from_mins(18);

/// A row. Its cells are bytes: whether they are text is asked cell by cell.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The line it begins in, from 1.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<Vec<u8>>,
}

/// The rows of a table that arrives.
pub struct Rows {
    body: BodyDataStream,
    piece: Bytes,
    taken: usize,
    waited: Duration,
    parser: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    /// Reads as far as the first line goes.
    pub async fn of(body: Body) -> Result<Self, ApiError> {
        let mut rows = Self {
            body: body.into_data_stream(),
            piece: Bytes::new(),
            taken: 0,
            waited: Duration::ZERO,
            parser: Reader::new(),
            text: vec![0; 4 * 1024],
            ends: vec![0; CELLS_MAX],
        };
        rows.skip_line_ends().await?;
        let mut first = Vec::new();
        while first.len() < FIRST_BYTES {
            let piece = if first.is_empty() { std::mem::take(&mut rows.piece) } else { rows.next_piece().await? };
            first.extend_from_slice(&piece);
            if piece.is_empty() || piece.contains(&b'\n') {
                break;
            }
        }
        let line = rows.parser.line();
        rows.parser = ReaderBuilder::new().delimiter(separator(&first)).build();
        rows.parser.set_line(line);
        rows.piece = first.into();
        Ok(rows)
    }

    /// The next row; `None` behind the last.
    pub async fn next(&mut self) -> Result<Option<Row>, ApiError> {
        self.skip_line_ends().await?;
        let (mut written, mut ended) = (0, 0);
        let line = self.parser.line();
        loop {
            let (result, read, wrote, ends) =
                self.parser.read_record(&self.piece, &mut self.text[written..], &mut self.ends[ended..]);
            self.piece.advance(read);
            (written, ended) = (written + wrote, ended + ends);
            match result {
                ReadRecordResult::InputEmpty => self.piece = self.next_piece().await?,
                ReadRecordResult::OutputFull if self.text.len() < ROW_BYTES_MAX => {
                    let more = (2 * self.text.len()).min(ROW_BYTES_MAX);
                    self.text.resize(more, 0);
                }
                ReadRecordResult::OutputFull => {
                    return Err(too_long(format!("the row in line {line} is longer than {ROW_BYTES_MAX} bytes")));
                }
                ReadRecordResult::OutputEndsFull => {
                    return Err(too_long(format!("the row in line {line} has more than {CELLS_MAX} cells")));
                }
                ReadRecordResult::Record => return Ok(Some(self.row(line, ended))),
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Empty lines, and what is left of the end of the line before: the parser has a row as soon as it sees `\r`. Something is at hand then, unless the table is
    /// over.
    async fn skip_line_ends(&mut self) -> Result<(), ApiError> {
        loop {
            if self.piece.is_empty() {
                self.piece = self.next_piece().await?;
            }
            match self.piece.first() {
                Some(b'\n') => self.parser.set_line(self.parser.line() + 1),
                Some(b'\r') => {}
                Some(_) | None => return Ok(()),
            }
            self.piece.advance(1);
        }
    }

    fn row(&self, line: u64, cells: usize) -> Row {
        let mut from = 0;
        let cells = self.ends[..cells].iter().map(|end| self.text[std::mem::replace(&mut from, *end)..*end].to_vec());
        Row { line, cells: cells.collect() }
    }

    /// The next bytes; none at the end.
    async fn next_piece(&mut self) -> Result<Bytes, ApiError> {
        loop {
            let too_slow = |words: &str| ApiError::new(ProblemCode::BodyTooSlow, words);
            let began = Instant::now();
            let within = PIECE_WITHIN.min(ALL_WITHIN.saturating_sub(self.waited));
            let piece = tokio::time::timeout(within, self.body.next()).await;
            self.waited += began.elapsed();
            let piece = piece.map_err(|_| too_slow("the table arrives too slowly"))?;
            let Some(piece) = piece else { return Ok(Bytes::new()) };
            let piece = piece.map_err(|_| too_slow("the table broke off"))?;
            self.taken += piece.len();
            if self.taken > TABLE_BYTES_MAX {
                return Err(too_long(format!("the table is longer than {TABLE_BYTES_MAX} bytes")));
            }
            if !piece.is_empty() {
                return Ok(piece);
            }
        }
    }
}

fn too_long(detail: String) -> ApiError {
    ApiError::new(ProblemCode::BodyTooLong, detail)
}

/// What stands between the cells of the first line, most likely.
fn separator(text: &[u8]) -> u8 {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: &u8| line.iter().map(|byte| usize::from(byte == separator)).sum::<usize>();
    // The last of equals: the comma.
    *[b'\t', b';', b','].iter().max_by_key(|separator| count(separator)).unwrap_or(&b',')
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    /// The rows of a table that comes in pieces of so many bytes.
    async fn rows(table: &[u8], piece: usize) -> Result<Vec<(u64, Vec<String>)>, ApiError> {
        let pieces: Vec<_> = table.chunks(piece).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        let mut rows = Rows::of(Body::from_stream(stream::iter(pieces))).await?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().await? {
            let cells = row.cells.into_iter().map(|cell| String::from_utf8_lossy(&cell).into_owned());
            all.push((row.line, cells.collect()));
        }
        Ok(all)
    }

    fn line(number: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (number, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[tokio::test]
    async fn a_table_is_the_same_in_whatever_pieces_it_comes() {
        let table = "\u{feff}identity,name\r\n1,\"Ana, \"\"the\nfirst\"\"\"\r\n\r\n2,Ñandú".as_bytes();
        let wanted = [line(1, &["identity", "name"]), line(2, &["1", "Ana, \"the\nfirst\""]), line(5, &["2", "Ñandú"])];
        for piece in [1, 2, 7, table.len()] {
            assert_eq!(rows(table, piece).await.unwrap(), wanted, "in pieces of {piece}");
        }
    }

    #[tokio::test]
    async fn the_first_line_tells_what_separates_cells() {
        for table in ["a,b\n1,2\n", "a;b\n1;2\n", "a\tb\n1\t2\n", "a;b\r\n1;2"] {
            assert_eq!(rows(table.as_bytes(), 3).await.unwrap(), [line(1, &["a", "b"]), line(2, &["1", "2"])]);
        }
        assert_eq!(rows(b"\r\n\na;b\n1;2", 2).await.unwrap(), [line(3, &["a", "b"]), line(4, &["1", "2"])]);
        assert_eq!(rows(b"alone", 2).await.unwrap(), [line(1, &["alone"])]);
        assert_eq!(rows(b"", 2).await.unwrap(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn a_table_that_drips_is_given_up() {
        let drip = stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_secs(19)).await;
            Some((Ok::<_, std::io::Error>("1,2\n"), ()))
        });
        let mut rows = Rows::of(Body::from_stream(drip)).await.unwrap();
        let mut count = 0;
        let refused = loop {
            match rows.next().await {
                Ok(Some(_)) => count += 1,
                Ok(None) => panic!("it has no end"),
                Err(error) => break error,
            }
        };
        assert_eq!((refused.status(), count), (408, 56), "after 18 minutes");
        let silent = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(Rows::of(silent).await.err().map(|error| error.status()), Some(408));
    }

    #[tokio::test]
    async fn a_row_without_an_end_is_refused_before_it_fills_the_memory() {
        let endless = format!("a,b\n1,\"{}", "x".repeat(ROW_BYTES_MAX + 10));
        assert_eq!(rows(endless.as_bytes(), 10_000).await.unwrap_err().status(), 413);
        let wide = format!("a,b\n{}", ",".repeat(CELLS_MAX));
        assert_eq!(rows(wide.as_bytes(), 10_000).await.unwrap_err().status(), 413);
    }
}
