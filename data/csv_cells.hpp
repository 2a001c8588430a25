// Cells of a table as numbers.
#pragma once

#include <optional>
#include <string_view>

namespace attune::data::internal {

// Without the blanks at its ends.
std::string_view trimmed(std::string_view text);

// The number that a cell is, NaN and infinities included.
std::optional<double> number_in(std::string_view cell);

}  // namespace attune::data::internal
