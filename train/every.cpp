// How often a checkpoint is written.
#include <charconv>
#include <cmath>

#include "attune/train/checkpoint.hpp"
#include "core/fail.hpp"

namespace attune {

using internal::fail;

Every::Every(double amount, Unit unit) : amount_(amount), unit_(unit) {
  if (!(amount > 0) || !std::isfinite(amount)) {
    fail(ErrorKind::value, "every", "{} {}: more than 0", amount,
         unit == Unit::steps ? "steps" : "seconds");
  }
}

Every Every::parse(std::string_view text) {
  double amount = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, amount);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  if (error == std::errc()) {
    if (unit.empty() && amount == std::floor(amount)) return Every(amount, Unit::steps);
    if (unit == "s") return Every(amount, Unit::seconds);
    if (unit == "min") return Every(60 * amount, Unit::seconds);
    if (unit == "h") return Every(3600 * amount, Unit::seconds);
  }
  fail(ErrorKind::value, "every",
       "\"{}\" is neither a number of steps (50) nor a time (30s, 5min, 2h)", text);
}

}  // namespace attune
