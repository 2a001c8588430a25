// A table while it is read.
#pragma once

#include <attune/data/readers.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/csv_lines.hpp"

namespace attune::data::internal {

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
  void require_one_kind() const;
  Tensor targets(Names& names) const;
  std::vector<std::int64_t> ranks_in_order(bool whole, Names& names) const;
  std::vector<std::int64_t> ranks_among(const std::vector<std::string>& names) const;
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

}  // namespace attune::data::internal
