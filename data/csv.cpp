// Tables: which line names the columns, which column is the target, and which class a cell names.
#include <algorithm>
#include <attune/registry.hpp>
#include <cmath>

#include "core/fail.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"
#include "core/text.hpp"
#include "data/csv_cells.hpp"
#include "data/csv_table.hpp"

namespace attune::data::internal {

using attune::internal::fail;

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
  for (const Column& column : options_.ignore) {
    const std::size_t at = resolve(column);
    if (at == target_) {
      fail(ErrorKind::value, "csv",
           "{}: column {}{} is both the target and to be ignored: name another .target, or .ignore",
           lines_.path(), at, header_.empty() ? "" : " (" + header_[at] + ")");
    }
    left_out[at] = true;
  }
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
             ? std::string(": is this line one of the table? (.skip_lines)")
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
      if (!attune::internal::is_utf8(header_.back())) {
        refuse(column, lines_.line(), header_.back(),
               "is not UTF-8: convert the file (iconv -t utf-8)");
      }
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
  require_one_kind();
  if (values_.empty()) {
    fail(ErrorKind::format, "csv", "{}: a line of names and no samples after it", lines_.path());
  }
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
  if (!options_.class_names.empty()) {
    if (!options_.target || !options_.classes.value_or(true)) {
      fail(ErrorKind::value, "csv",
           "class_names are given, and the target is no class: leave one out");
    }
    auto names = options_.class_names;
    std::ranges::sort(names);
    if (const auto twice = std::ranges::adjacent_find(names); twice != names.end()) {
      fail(ErrorKind::value, "csv", "class_names has \"{}\" twice", *twice);
    }
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

}  // namespace attune::data::internal

attune::data::Set attune::data::csv(const std::string& path, const CsvOptions& options) {
  return internal::Table(path, options).read();
}
