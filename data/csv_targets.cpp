// Targets of a table: numbers, or classes in an order that is found or given.
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
    // Names are saved with the weights, and JSON holds nothing else.
    if (!attune::internal::is_utf8(cell)) {
      refuse(*target_, lines_.line(), cell, "is not UTF-8: convert the file (iconv -t utf-8)");
    }
    const Label label{static_cast<std::int64_t>(labels_.size()), lines_.line(), number};
    place = labels_.emplace(std::string(cell), label).first;
  }
  ids_.push_back(place->second.id);
}

// Columns that are called 0, 1, 2 look like a sample; but its target is of another kind than all
// others, or it counts and has a class of its own.
void Table::require_one_kind() const {
  if (options_.header || !header_.empty() || labels_.size() < 2) return;
  const auto first =
      std::ranges::find_if(labels_, [](const auto& one) { return one.second.id == 0; });
  const auto is_text = [](const auto& one) { return !one.second.number; };
  if (!is_text(*first) || std::ranges::count(ids_, 0) != 1) return;
  const bool stranger = std::ranges::count_if(labels_, is_text) == 1;
  bool counts = features_.size() > 1 && ids_.size() > 2;
  for (std::size_t j = 0; j < features_.size(); ++j) {
    counts = counts && values_[j] == static_cast<double>(j);
  }
  if (!stranger && !counts) return;
  refuse(*target_, first->second.line, first->first,
         fmt::format("stands {}: does this line name the columns? Say .header = true or false",
                     stranger ? "above numbers" : "beside 0, 1, ... and nowhere else"));
}

// The rank of each label among all, numerically where all are whole numbers.
std::vector<std::int64_t> Table::ranks_in_order(bool whole, Names& names) const {
  // The map is in order of text already.
  std::vector<std::pair<const std::string*, const Label*>> entries;
  for (const auto& [text, label] : labels_) entries.emplace_back(&text, &label);
  if (whole) {
    std::ranges::stable_sort(entries, {}, [](const auto& entry) { return *entry.second->number; });
  }
  std::vector<std::int64_t> rank(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& [text, label] = entries[i];
    if (whole && i > 0 && *label->number == *entries[i - 1].second->number) {
      refuse(*target_, label->line, *text,
             fmt::format("is class \"{}\" written in another way: write one class one way",
                         *entries[i - 1].first));
    }
    rank[static_cast<std::size_t>(label->id)] = static_cast<std::int64_t>(i);
    names.classes.push_back(*text);
  }
  return rank;
}

// The place of each label among names that are given.
std::vector<std::int64_t> Table::ranks_among(const std::vector<std::string>& names) const {
  std::vector<std::int64_t> rank(labels_.size());
  for (const auto& [text, label] : labels_) {
    const auto at = std::ranges::find(names, text);
    if (at == names.end()) {
      const std::string hint = did_you_mean(text, names);
      refuse(*target_, label.line, text,
             "is none of the classes it is to have (.class_names)" +
                 (hint.empty() ? "" : ": " + hint));
    }
    rank[static_cast<std::size_t>(label.id)] = at - names.begin();
  }
  return rank;
}

Tensor Table::targets(Names& names) const {
  const bool numeric =
      std::ranges::all_of(labels_, [](const auto& one) { return one.second.number.has_value(); });
  const bool whole = numeric && std::ranges::all_of(labels_, [](const auto& one) {
                       return std::floor(*one.second.number) == *one.second.number;
                     });
  std::vector<double> by_id(labels_.size());
  const auto count = static_cast<std::int64_t>(ids_.size());
  const bool named = !options_.class_names.empty();
  if (!options_.classes.value_or(named || !numeric || whole)) {
    for (const auto& [text, label] : labels_) {
      if (!label.number) {
        refuse(*target_, label.line, text,
               "is not a number: correct it, or say .classes = true for classes");
      }
      if (options_.dtype == f32 && !std::isfinite(static_cast<float>(*label.number))) {
        refuse(*target_, label.line, text, "is too large for f32: say .dtype = f64");
      }
      by_id[static_cast<std::size_t>(label.id)] = *label.number;
    }
    Tensor y = attune::internal::empty_tensor("csv", {count}, f64);
    double* const to = attune::internal::data<double>(y);
    for (std::int64_t i = 0; i < count; ++i) {
      to[i] = by_id[static_cast<std::size_t>(ids_[static_cast<std::size_t>(i)])];
    }
    return y.to(options_.dtype);
  }

  const std::vector<std::int64_t> rank =
      named ? ranks_among(names.classes = options_.class_names) : ranks_in_order(whole, names);
  Tensor y = attune::internal::empty_tensor("csv", {count}, i64);
  auto* const to = attune::internal::data<std::int64_t>(y);
  for (std::int64_t i = 0; i < count; ++i) {
    to[i] = rank[static_cast<std::size_t>(ids_[static_cast<std::size_t>(i)])];
  }
  return y;
}

}  // namespace attune::data::internal
