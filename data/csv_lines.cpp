// RFC 4180, with any separator; a quote inside an unquoted cell stands for itself.
#include "data/csv_lines.hpp"

#include "core/fail.hpp"

namespace attune::data::internal {

using attune::internal::fail;

namespace {

// A line longer than this is no line of a table: a picture, or a quote that was never closed.
constexpr std::size_t most_text = std::size_t{64} << 20;

}  // namespace

CsvLines::CsvLines(const std::string& path, char separator)
    : file_("csv", path), separator_(separator) {
  peek();
  if (std::string_view(buffer_.data(), filled_).starts_with("\xef\xbb\xbf")) at_ = 3;
}

int CsvLines::peek() {
  if (at_ == filled_) {
    filled_ = file_.read(buffer_.data(), buffer_.size());
    at_ = 0;
    if (filled_ == 0) return end;
  }
  return static_cast<unsigned char>(buffer_[at_]);
}

int CsvLines::take() {
  const int c = peek();
  if (c == end) return end;
  ++at_;
  if (c == '\n') ++line_;
  return c;
}

// At the end of a line: \n, \r\n or, of old Macintoshes, \r.
bool CsvLines::ends_line(int c) {
  if (c == '\r') {
    if (peek() == '\n')
      take();
    else
      ++line_;
  }
  return c == '\n' || c == '\r' || c == end;
}

bool CsvLines::skip() {
  if (peek() == end) return false;
  while (!ends_line(take())) continue;
  return true;
}

bool CsvLines::next() {
  while (peek() != end) {
    first_line_ = line_;
    text_.clear();
    ends_.clear();
    read_line();
    if (ends_.size() > 1 || !text_.empty()) return true;
  }
  return false;
}

void CsvLines::read_line() {
  bool begins = true;  // at the first character of a cell
  for (;;) {
    const int c = take();
    if (ends_line(c)) break;
    if (c == static_cast<unsigned char>(separator_)) {
      ends_.push_back(text_.size());
      begins = true;
    } else if (c == '"' && begins) {
      read_quoted();
      begins = false;
    } else {
      text_ += static_cast<char>(c);
      begins = false;
    }
    if (text_.size() > most_text || ends_.size() > most_text) {
      fail(ErrorKind::format, "csv", "{}:{}: a line of more than {} bytes: not a table of text?",
           path(), first_line_, most_text);
    }
  }
  ends_.push_back(text_.size());
}

void CsvLines::read_quoted() {
  const std::int64_t opened = line_;
  for (;;) {
    const int c = take();
    if (c == end || text_.size() > most_text) {
      fail(ErrorKind::format, "csv", "{}:{}: a quote is opened here and never closed", path(),
           opened);
    }
    if (c != '"') {
      text_ += static_cast<char>(c);
      if (c == '\r' && peek() != '\n') ++line_;
    } else if (peek() == '"') {
      text_ += static_cast<char>(take());
    } else {
      break;
    }
  }
  const int after = peek();
  if (after != end && after != '\n' && after != '\r' &&
      after != static_cast<unsigned char>(separator_)) {
    const char text = static_cast<char>(after);
    fail(ErrorKind::format, "csv",
         "{}:{}: \"{}\" follows a closing quote: write a quote inside a quoted cell twice", path(),
         line_, excerpt(&text, 1));
  }
}

}  // namespace attune::data::internal
