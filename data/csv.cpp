// Tables: which line names the columns, which column is the target, and cells as numbers or
// classes.
#include <algorithm>
#include <attune/registry.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>

#include "attune/data/readers.hpp"
#include "core/fail.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"
#include "data/csv_lines.hpp"

namespace attune::data {

using attune::internal::fail;
using internal::CsvLines;
using internal::excerpt;

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Of a number beyond the range of double: whether it lies below, by the power of ten of its first
// digit that is not 0.
bool is_small(std::string_view text) {
  const auto exponent_at = std::min(text.find_first_of("eE"), text.size());
  const std::string_view digits = text.substr(0, exponent_at);
  std::int64_t power = 0;
  if (exponent_at < text.size()) {
    std::string_view exponent = text.substr(exponent_at + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    const bool below = exponent.starts_with('-');
    const auto [rest, error] =
        std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
    if (error != std::errc()) return below;  // an exponent beyond i64
  }
  if (digits.find_first_of("123456789") == digits.npos) return true;
  const auto first = static_cast<std::int64_t>(digits.find_first_of("123456789"));
  const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
  return power < first - point;  // within the range the sign is not in doubt: |power| > 300
}

// The number that a cell is, NaN and infinities included.
std::optional<double> number_in(std::string_view cell) {
  std::string_view text = trimmed(cell);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (rest != text.data() + text.size() || text.empty()) return std::nullopt;
  // Too small for a double is 0; too large is refused as an infinity is.
  if (error == std::errc::result_out_of_range) {
    return is_small(text) ? 0 : std::numeric_limits<double>::infinity();
  }
  if (error != std::errc()) return std::nullopt;
  return value;
}

// A target's text: the number of its class in the order of appearance, and where it first stood.
struct Label {
  std::int64_t id;
  std::int64_t line;
  std::optional<double> number;
};

class Table {
 public:
  Table(const std::string& path, const CsvOptions& options)
      : options_(options), lines_(path, options.separator) {}

  Set read();

 private:
  void read_first_line();
  bool names_columns() const;
  std::size_t resolve(const Column& column) const;
  void choose_columns();
  void read_samples();
  double feature(std::size_t column) const;
  void take_target();
  Set finish();
  Tensor targets(Names& names) const;
  std::string called(std::size_t column) const;
  [[noreturn]] void refuse(std::size_t column, std::int64_t line, std::string_view text,
                           std::string_view what) const;

  const CsvOptions& options_;
  CsvLines lines_;
  std::vector<std::string> header_;  // empty without one
  std::size_t width_ = 0;            // columns
  std::optional<std::size_t> target_;
  std::vector<std::size_t> features_;
  std::vector<double> values_;
  std::map<std::string, Label, std::less<>> labels_;
  std::vector<std::int64_t> ids_;  // of every sample's label
};

std::string Table::called(std::size_t column) const {
  if (header_.empty()) return fmt::format("column {}", column);
  return fmt::format("column {} (\"{}\")", column,
                     excerpt(header_[column].data(), header_[column].size()));
}

void Table::refuse(std::size_t column, std::int64_t line, std::string_view text,
                   std::string_view what) const {
  fail(ErrorKind::format, "csv", "{}:{}: {}: \"{}\" {}", lines_.path(), line, called(column),
       excerpt(text.data(), text.size()), what);
}

std::size_t Table::resolve(const Column& column) const {
  if (const std::string* const name = column.name()) {
    if (header_.empty()) {
      fail(ErrorKind::value, "csv",
           "{}: column \"{}\" is asked for, but no line names the columns: give its position, or "
           ".header = true",
           lines_.path(), *name);
    }
    const auto place = std::find(header_.begin(), header_.end(), *name);
    if (place == header_.end()) {
      std::string all;
      for (const std::string& one : header_) all += (all.empty() ? "" : ", ") + one;
      const std::string hint = did_you_mean(*name, header_);
      fail(ErrorKind::value, "csv", "{}: no column \"{}\" among {}{}{}", lines_.path(), *name,
           excerpt(all.data(), all.size()), hint.empty() ? "" : ": ", hint);
    }
    if (const auto second = std::find(place + 1, header_.end(), *name); second != header_.end()) {
      fail(ErrorKind::value, "csv",
           "{}: columns {} and {} are both called \"{}\": give the position of the one meant",
           lines_.path(), place - header_.begin(), second - header_.begin(), *name);
    }
    return static_cast<std::size_t>(place - header_.begin());
  }
  const auto width = static_cast<std::int64_t>(width_);
  const std::int64_t at = column.position() < 0 ? column.position() + width : column.position();
  if (at < 0 || at >= width) {
    fail(ErrorKind::value, "csv",
         "{}: no column {}: there are {}, counted from 0, or from the end from -1", lines_.path(),
         column.position(), width);
  }
  return static_cast<std::size_t>(at);
}

void Table::choose_columns() {
  std::vector<bool> left_out(width_, false);
  if (options_.target) {
    target_ = resolve(*options_.target);
    left_out[*target_] = true;
  }
  for (const Column& column : options_.ignore) left_out[resolve(column)] = true;
  features_.clear();
  for (std::size_t column = 0; column < width_; ++column) {
    if (!left_out[column]) features_.push_back(column);
  }
  if (features_.empty()) {
    const std::string_view first = lines_[0];
    const std::size_t other = first.find_first_of(",;\t|");
    fail(ErrorKind::format, "csv", "{}:{}: {} column(s) and none left as a feature{}",
         lines_.path(), lines_.line(), width_,
         other == first.npos
             ? std::string()
             : fmt::format(": separated by '{}'? (.separator)", excerpt(&first[other], 1)));
  }
}

// A column asked for by name must be named.
bool Table::names_columns() const {
  if (options_.header) return *options_.header;
  const auto by_name = [](const Column& column) { return column.name() != nullptr; };
  return (options_.target && by_name(*options_.target)) ||
         std::any_of(options_.ignore.begin(), options_.ignore.end(), by_name);
}

void Table::read_first_line() {
  for (int i = 0; i < options_.skip_lines; ++i) lines_.skip();
  if (!lines_.next()) {
    fail(ErrorKind::format, "csv", "{}: no line of cells{}", lines_.path(),
         options_.skip_lines > 0 ? " after the lines skipped" : "");
  }
  width_ = lines_.size();
  bool header = names_columns();
  if (!header && !options_.header) {
    choose_columns();
    std::size_t numbers = 0, texts = 0;
    for (const std::size_t column : features_) {
      if (number_in(lines_[column]))
        ++numbers;
      else if (!trimmed(lines_[column]).empty())
        ++texts;
    }
    if (numbers > 0 && texts > 0) {
      fail(ErrorKind::format, "csv",
           "{}:{}: of the features {} are numbers and {} are not: does this line name the columns? "
           "Say .header = true or false, and .ignore columns of text",
           lines_.path(), lines_.line(), numbers, texts);
    }
    header = texts > 0;
  }
  if (header) {
    for (std::size_t column = 0; column < width_; ++column) {
      header_.emplace_back(trimmed(lines_[column]));
    }
  }
  choose_columns();
}

double Table::feature(std::size_t column) const {
  const std::string_view cell = lines_[column];
  const std::optional<double> value = number_in(cell);
  if (!value) {
    if (trimmed(cell).empty()) {
      refuse(column, lines_.line(), cell, "is empty: fill the cell or remove the line");
    }
    refuse(column, lines_.line(), cell,
           "is not a number: correct it, or leave the column out (.ignore)");
  }
  if (!std::isfinite(*value)) {
    refuse(column, lines_.line(), cell, "is not finite: fill the cell or remove the line");
  }
  if (options_.dtype == f32 && !std::isfinite(static_cast<float>(*value))) {
    refuse(column, lines_.line(), cell, "is too large for f32: say .dtype = f64");
  }
  return *value;
}

void Table::take_target() {
  const std::string_view cell = trimmed(lines_[*target_]);
  auto place = labels_.find(cell);
  if (place == labels_.end()) {
    const std::optional<double> number = number_in(cell);
    if (cell.empty()) {
      refuse(*target_, lines_.line(), cell, "is empty: give the target or remove the line");
    }
    if (number && !std::isfinite(*number)) {
      refuse(*target_, lines_.line(), cell, "is not finite: give the target or remove the line");
    }
    const Label label{static_cast<std::int64_t>(labels_.size()), lines_.line(), number};
    place = labels_.emplace(std::string(cell), label).first;
  }
  ids_.push_back(place->second.id);
}

void Table::read_samples() {
  for (bool more = header_.empty() || lines_.next(); more; more = lines_.next()) {
    if (lines_.size() != width_) {
      fail(ErrorKind::format, "csv",
           "{}:{}: {} cells, where the first line has {}: a missing or an "
           "unquoted separator?",
           lines_.path(), lines_.line(), lines_.size(), width_);
    }
    for (const std::size_t column : features_) values_.push_back(feature(column));
    if (target_) take_target();
  }
  if (values_.empty()) {
    fail(ErrorKind::format, "csv", "{}: a line of names and no samples after it", lines_.path());
  }
}

Tensor Table::targets(Names& names) const {
  using Entry = std::pair<const std::string*, const Label*>;
  std::vector<Entry> entries;
  for (const auto& [text, label] : labels_) entries.emplace_back(&text, &label);
  const bool numeric =
      std::all_of(entries.begin(), entries.end(), [](const Entry& e) { return e.second->number; });
  const bool whole = numeric && std::all_of(entries.begin(), entries.end(), [](const Entry& e) {
                       return std::floor(*e.second->number) == *e.second->number;
                     });
  std::vector<double> by_id(entries.size());
  const auto count = static_cast<std::int64_t>(ids_.size());
  if (!options_.classes.value_or(!numeric || whole)) {
    for (const auto& [text, label] : entries) {
      if (!label->number) {
        refuse(*target_, label->line, *text,
               "is not a number: correct it, or say .classes = true for classes");
      }
      if (options_.dtype == f32 && !std::isfinite(static_cast<float>(*label->number))) {
        refuse(*target_, label->line, *text, "is too large for f32: say .dtype = f64");
      }
      by_id[static_cast<std::size_t>(label->id)] = *label->number;
    }
    Tensor y = attune::internal::empty_tensor("csv", {count}, f64);
    double* const to = attune::internal::data<double>(y);
    for (std::int64_t i = 0; i < count; ++i) {
      to[i] = by_id[static_cast<std::size_t>(ids_[static_cast<std::size_t>(i)])];
    }
    return y.to(options_.dtype);
  }

  // The map is in order of text already.
  if (whole) {
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return *a.second->number < *b.second->number;
    });
  }
  std::vector<std::int64_t> rank(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (whole && i > 0 && *entries[i].second->number == *entries[i - 1].second->number) {
      refuse(*target_, entries[i].second->line, *entries[i].first,
             fmt::format("is class \"{}\" written in another way", *entries[i - 1].first));
    }
    rank[static_cast<std::size_t>(entries[i].second->id)] = static_cast<std::int64_t>(i);
    names.classes.push_back(*entries[i].first);
  }
  Tensor y = attune::internal::empty_tensor("csv", {count}, i64);
  auto* const to = attune::internal::data<std::int64_t>(y);
  for (std::int64_t i = 0; i < count; ++i) {
    to[i] = rank[static_cast<std::size_t>(ids_[static_cast<std::size_t>(i)])];
  }
  return y;
}

Set Table::finish() {
  const auto width = static_cast<std::int64_t>(features_.size());
  const auto count = static_cast<std::int64_t>(values_.size()) / width;
  Names names;
  if (!header_.empty()) {
    for (const std::size_t column : features_) names.features.push_back(header_[column]);
  }
  std::vector<Array> arrays;
  arrays.push_back({"x", tensor(values_, {count, width}).to(options_.dtype)});
  if (target_) arrays.push_back({"y", targets(names)});
  return in_memory(std::move(arrays), std::move(names));
}

Set Table::read() {
  if (!is_floating(options_.dtype)) {
    fail(ErrorKind::dtype, "csv", "features of {}: say f32 or f64", options_.dtype);
  }
  if (options_.skip_lines < 0) {
    fail(ErrorKind::value, "csv", "{} lines to skip: 0 or more", options_.skip_lines);
  }
  if (const char c = options_.separator; c == '"' || c == '\n' || c == '\r') {
    fail(ErrorKind::value, "csv",
         "separator '{}': quotes and line ends have their own meaning: say ',', ';' or '\\t'",
         excerpt(&c, 1));
  }
  read_first_line();
  read_samples();
  return finish();
}

}  // namespace

Set csv(const std::string& path, const CsvOptions& options) { return Table(path, options).read(); }

}  // namespace attune::data
