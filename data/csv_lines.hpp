// The lines of a table of text and their cells; what the cells mean is the caller's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/byte_stream.hpp"

namespace attune::data::internal {

class CsvLines {
 public:
  // A byte order mark at the beginning is passed over.
  CsvLines(const std::string& path, char separator);

  // The next line that is not blank; false at the end. Errors: format, when a quote is left open or
  // followed by text.
  bool next();
  // Passes over one line, whatever it is; false at the end.
  bool skip();

  // Of the line that next() found; valid until the next one.
  std::size_t size() const noexcept { return ends_.size(); }
  std::string_view operator[](std::size_t cell) const {
    const std::size_t begin = cell ? ends_[cell - 1] : 0;
    return std::string_view(text_).substr(begin, ends_[cell] - begin);
  }
  std::int64_t line() const noexcept { return first_line_; }  // from 1
  const std::string& path() const noexcept { return file_.path(); }

 private:
  static constexpr int end = -1;
  int peek();
  int take();
  bool ends_line(int c);  // c being what take() gave
  void read_line();
  void read_quoted();

  ByteStream file_;
  char separator_;
  std::vector<char> buffer_ = std::vector<char>(64 * 1024);
  std::size_t at_ = 0, filled_ = 0;
  std::int64_t line_ = 1;        // of the next character
  std::int64_t first_line_ = 0;  // where the current line began
  std::string text_;             // its cells, one after the other
  std::vector<std::size_t> ends_;
};

}  // namespace attune::data::internal
