// Sizes in a plane, as convolution and pooling take them: [height, width]; and along a line.
//
// Layer: core.
#pragma once

#include <concepts>
#include <cstdint>

namespace attune {

// Down and across; one number means both: `{.stride = 2}`, `{.stride = {2, 1}}`.
struct Size2d {
  std::int64_t height, width;

  constexpr Size2d(std::integral auto both)  // NOLINT: numbers convert
      : height(static_cast<std::int64_t>(both)), width(height) {}
  constexpr Size2d(std::int64_t height_, std::int64_t width_) : height(height_), width(width_) {}
  friend constexpr bool operator==(const Size2d&, const Size2d&) = default;
};

// Rows and columns added around a plane: one number means all four sides, two mean {above and
// below, left and right}.
struct Padding2d {
  std::int64_t top, bottom, left, right;

  constexpr Padding2d(std::integral auto all)  // NOLINT
      : Padding2d(static_cast<std::int64_t>(all), static_cast<std::int64_t>(all)) {}
  constexpr Padding2d(std::int64_t vertical, std::int64_t horizontal)
      : Padding2d(vertical, vertical, horizontal, horizontal) {}
  constexpr Padding2d(std::int64_t top_, std::int64_t bottom_, std::int64_t left_,
                      std::int64_t right_)
      : top(top_), bottom(bottom_), left(left_), right(right_) {}
  friend constexpr bool operator==(const Padding2d&, const Padding2d&) = default;
};

// The same along one axis: one number means both ends.
struct Padding1d {
  std::int64_t before, after;

  constexpr Padding1d(std::integral auto both)  // NOLINT
      : Padding1d(static_cast<std::int64_t>(both), static_cast<std::int64_t>(both)) {}
  constexpr Padding1d(std::int64_t before_, std::int64_t after_) : before(before_), after(after_) {}
};

}  // namespace attune
