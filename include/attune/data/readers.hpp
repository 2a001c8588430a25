// Reading data files into tensors and sets. What a file promises is checked against its size
// before memory is taken; a file that is not what its format demands is an Error (format) naming
// the file, the place in it and what stands there; one that cannot be read is an Error (io).
//
// Layer: data.
#pragma once

#include <attune/data/set.hpp>
#include <optional>
#include <variant>

namespace attune::data {

// The array in an IDX file (the format of MNIST), plain or compressed by gzip. Types: u8, i32, f32,
// f64; 8- and 16-bit signed numbers become i32.
ATTUNE_API Tensor read_idx(const std::string& path);

// A column of a table: by name, or by position from 0, or from the end, -1 being the last.
class Column {
 public:
  Column(int position) : value_(position) {}               // NOLINT: a position is a column
  Column(std::string name) : value_(std::move(name)) {}    // NOLINT
  Column(const char* name) : value_(std::string(name)) {}  // NOLINT
  const std::string* name() const { return std::get_if<std::string>(&value_); }
  int position() const { return *std::get_if<int>(&value_); }

 private:
  std::variant<int, std::string> value_;
};

struct CsvOptions {
  char separator = ',';
  // Whether the first line names the columns. Unset: it does when none of its features is a number,
  // it does not when all are; anything else is an error that asks for this option.
  std::optional<bool> header = {};
  // What to predict: field "y". `std::nullopt`: nothing, all columns are features.
  std::optional<Column> target = Column(-1);
  // Whether the target names classes. Unset: it does unless its cells are numbers and not all
  // whole.
  std::optional<bool> classes = {};
  // The classes in their order, for a table that goes with another: `first.names().classes`. Unset:
  // those that occur, sorted.
  std::vector<std::string> class_names = {};
  std::vector<Column> ignore = {};  // columns to leave out: identifiers, free text
  int skip_lines = 0;               // lines before the table
  DType dtype = f32;                // of the features, and of a target that is a number: f32 or f64
};

// A table of numbers, one sample a line: x [n, features], y i64 [n] (classes) or of `dtype` (a
// number). Plain or compressed by gzip. Classes are numbered in sorted order, numerically where all
// are whole numbers; their names and those of the features come with the set. Cells may be quoted
// ("a ""b""" is a "b"; line breaks are allowed inside); blank lines are passed over.
// Errors: format, naming file, line and column, for a cell that is empty, no number or not finite,
// a line of another length, an open quote; value, for a column that does not exist, a name that two
// columns have, a target that is to be ignored, a separator that is a quote or ends a line, or
// fewer than 0 lines to skip.
ATTUNE_API Set csv(const std::string& path, const CsvOptions& options = {});

struct ArchiveOptions {
  // The arrays of the file that become fields, in this order: usually x, then y. Empty: all, in the
  // order of the file.
  std::vector<std::string> fields = {"x", "y"};
  // true: samples are read from the file when they are gathered, for sets larger than memory; the
  // file must stay as it is, and the checksums of an .npz, which would be a pass over all of it,
  // are not looked at. false: read at once.
  bool mapped = true;
};

// A set of the arrays in a file, each [n, ...] with one n. See <attune/io.hpp> for formats and
// errors; shape, when their sizes of axis 0 differ; value, naming what is there, when a field is
// missing.
ATTUNE_API Set npz(const std::string& path, const ArchiveOptions& options = {});
ATTUNE_API Set safetensors(const std::string& path, const ArchiveOptions& options = {});
// The same of two .npy files.
ATTUNE_API Set npy(const std::string& x_path, const std::string& y_path, bool mapped = true);

}  // namespace attune::data
