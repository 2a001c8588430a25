// Sizes along axes: up to eight of them, held in place. Also used for strides and for lists of
// axes.
//
// Layer: core.
#pragma once

#include <attune/export.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>

namespace attune {

// The largest number of axes a tensor may have.
inline constexpr int max_rank = 8;

// A list of at most max_rank integers; a longer one is an Error (shape). As the shape of a tensor
// the entries are not negative; the empty list is the shape of a number (a 0-d tensor).
class Shape {
 public:
  constexpr Shape() noexcept = default;
  constexpr Shape(std::initializer_list<std::int64_t> sizes)
      : Shape(std::span<const std::int64_t>(sizes.begin(), sizes.size())) {}
  constexpr explicit Shape(std::span<const std::int64_t> sizes) {
    for (std::int64_t size : sizes) push_back(size);
  }

  constexpr int rank() const noexcept { return rank_; }
  constexpr bool empty() const noexcept { return rank_ == 0; }
  constexpr std::int64_t operator[](int axis) const noexcept { return sizes_[axis]; }
  constexpr std::int64_t& operator[](int axis) noexcept { return sizes_[axis]; }
  constexpr std::int64_t back() const noexcept { return sizes_[rank_ - 1]; }
  constexpr const std::int64_t* begin() const noexcept { return sizes_; }
  constexpr const std::int64_t* end() const noexcept { return sizes_ + rank_; }
  constexpr std::int64_t* begin() noexcept { return sizes_; }
  constexpr std::int64_t* end() noexcept { return sizes_ + rank_; }
  constexpr const std::int64_t* data() const noexcept { return sizes_; }

  constexpr void push_back(std::int64_t size) {
    if (rank_ == max_rank) too_long();
    sizes_[rank_++] = size;
  }
  constexpr void insert(int position, std::int64_t size) {
    push_back(size);
    for (int i = rank_ - 1; i > position; --i) sizes_[i] = sizes_[i - 1];
    sizes_[position] = size;
  }
  constexpr void erase(int position) noexcept {
    for (int i = position; i + 1 < rank_; ++i) sizes_[i] = sizes_[i + 1];
    --rank_;
  }
  // The product of all entries; 1 for the empty list. Does not check for overflow: a shape that
  // belongs to a tensor was checked when the tensor was made.
  constexpr std::int64_t numel() const noexcept {
    std::int64_t product = 1;
    for (std::int64_t size : *this) product *= size;
    return product;
  }

  friend constexpr bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i) {
      if (a.sizes_[i] != b.sizes_[i]) return false;
    }
    return true;
  }

 private:
  [[noreturn]] ATTUNE_API static void too_long();
  std::int64_t sizes_[max_rank];  // the first rank_ entries are set
  int rank_ = 0;
};

// Axes to work along: one (`1`), several (`{0, -1}`), or none named, which means all.
// A negative axis counts from the last.
class Axes : public Shape {
 public:
  using Shape::Shape;
  // Not bool: `sum(x, true)` would read as keepdim and mean axis 1.
  template <std::integral T>
  requires(!std::same_as<T, bool>) constexpr Axes(T axis)
      : Shape{static_cast<std::int64_t>(axis)} {}  // NOLINT
};

// "[64, 784]"; "[]" for the empty list.
ATTUNE_API std::string to_string(const Shape& shape);
ATTUNE_API std::ostream& operator<<(std::ostream& out, const Shape& shape);

// The shape that two shapes broadcast to by NumPy's rules: aligned at the last axis, a size of 1 or
// a missing axis stretches. Error (shape) naming `operation`, both shapes and the axis otherwise.
ATTUNE_API Shape broadcast_shapes(const char* operation, const Shape& a, const Shape& b);

}  // namespace attune
