//! One Parquet file: columns that may all be absent, written in groups of lines.

use crate::failure::{Failure, other};
use domain::Timestamp;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Lines that are written together.
const GROUP: usize = 1 << 16;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Type {
    /// UTF-8.
    Text,
    /// A whole number: a count, points.
    Whole,
    /// A decimal with so many digits behind the point.
    Decimal(u32),
    /// Milliseconds since 1970, UTC.
    Instant,
    /// Yes or no.
    Flag,
}

/// A cell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Text(String),
    /// A whole number, or a decimal without its point.
    Whole(i64),
    Flag(bool),
    Absent,
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        if at.is_finite() { Self::Whole(at.0) } else { Self::Absent }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// Values of a column that are not written yet, and for each line whether there is one.
enum Column {
    Texts(Vec<ByteArray>, Vec<i16>),
    Wholes(Vec<i64>, Vec<i16>),
    Flags(Vec<bool>, Vec<i16>),
}

impl Column {
    const fn of(kind: Type) -> Self {
        match kind {
            Type::Text => Self::Texts(Vec::new(), Vec::new()),
            Type::Whole | Type::Decimal(_) | Type::Instant => Self::Wholes(Vec::new(), Vec::new()),
            Type::Flag => Self::Flags(Vec::new(), Vec::new()),
        }
    }

    /// Adds a cell. One that is not of the column's type is a bug.
    fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::Texts(values, there), Value::Text(text)) => {
                values.push(ByteArray::from(text.into_bytes()));
                there.push(1);
            }
            (Self::Wholes(values, there), Value::Whole(number)) => {
                values.push(number);
                there.push(1);
            }
            (Self::Flags(values, there), Value::Flag(flag)) => {
                values.push(flag);
                there.push(1);
            }
            (Self::Texts(_, there) | Self::Wholes(_, there) | Self::Flags(_, there), Value::Absent) => {
                there.push(0);
            }
            (_, value) => unreachable!("a cell of its column's type, found {value:?}"),
        }
    }
}

/// A file while it is written.
pub(super) struct Table {
    path: PathBuf,
    writer: SerializedFileWriter<File>,
    columns: Vec<Column>,
    lines: usize,
}

impl Table {
    /// Makes the file `name.parquet` in `directory`, with these columns.
    pub(super) fn create(directory: &Path, name: &str, columns: &[(&str, Type)]) -> Result<Self, Failure> {
        let path = directory.join(format!("{name}.parquet"));
        let file = File::create(&path).map_err(Failure::file("write", &path))?;
        let schema = parse_message_type(&schema(name, columns)).map_err(other)?;
        let properties = Arc::new(WriterProperties::builder().build());
        let writer = SerializedFileWriter::new(file, Arc::new(schema), properties).map_err(at(&path))?;
        let columns = columns.iter().map(|(_, kind)| Column::of(*kind)).collect();
        Ok(Self { path, writer, columns, lines: 0 })
    }

    /// Adds a line; as many cells as columns.
    pub(super) fn line(&mut self, cells: impl IntoIterator<Item = Value>) -> Result<(), Failure> {
        let mut columns = self.columns.iter_mut();
        for cell in cells {
            columns.next().expect("a column for each cell").push(cell);
        }
        assert!(columns.next().is_none(), "{}: a cell for each column", self.path.display());
        self.lines += 1;
        if self.lines == GROUP { self.write() } else { Ok(()) }
    }

    /// Writes the lines there are as a group.
    fn write(&mut self) -> Result<(), Failure> {
        let failed = at(&self.path);
        let mut group = self.writer.next_row_group().map_err(&failed)?;
        for column in &mut self.columns {
            match column {
                Column::Texts(values, there) => put::<ByteArrayType>(&mut group, values, there),
                Column::Wholes(values, there) => put::<Int64Type>(&mut group, values, there),
                Column::Flags(values, there) => put::<BoolType>(&mut group, values, there),
            }
            .map_err(&failed)?;
        }
        group.close().map_err(&failed)?;
        self.lines = 0;
        Ok(())
    }

    /// Writes what is left, and the end of the file.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        if self.lines > 0 {
            self.write()?;
        }
        self.writer.close().map_err(at(&self.path)).map(drop)
    }
}

/// Writes the next column of a group, and forgets its values.
fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: &mut Vec<T::T>,
    there: &mut Vec<i16>,
) -> parquet::errors::Result<()> {
    let mut column = group.next_column()?.expect("a column for each in the schema");
    column.typed::<T>().write_batch(values, Some(there), None)?;
    column.close()?;
    values.clear();
    there.clear();
    Ok(())
}

fn at(path: &Path) -> impl Fn(parquet::errors::ParquetError) -> Failure + use<> {
    let path = path.to_owned();
    move |error| other(format!("cannot write {}: {error}", path.display()))
}

fn schema(name: &str, columns: &[(&str, Type)]) -> String {
    let column = |(name, kind): &(&str, Type)| match kind {
        Type::Text => format!("OPTIONAL BINARY {name} (UTF8);"),
        Type::Whole => format!("OPTIONAL INT64 {name};"),
        Type::Decimal(digits) => format!("OPTIONAL INT64 {name} (DECIMAL(18,{digits}));"),
        Type::Instant => format!("OPTIONAL INT64 {name} (TIMESTAMP(MILLIS,true));"),
        Type::Flag => format!("OPTIONAL BOOLEAN {name};"),
    };
    let columns: Vec<String> = columns.iter().map(column).collect();
    format!("message {name} {{ {} }}", columns.join(" "))
}
