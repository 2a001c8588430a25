// Cells of a table as numbers: what the standard library reads, and what lies beyond its range.
#include "data/csv_cells.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

namespace attune::data::internal {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

namespace {

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

}  // namespace

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

}  // namespace attune::data::internal
