// Scopes of an operation that calls others: what happens in them is part of it.
//
// Layer: core.
#pragma once

#include <attune/mode.hpp>

namespace attune::internal {

// Errors bear the name of the operation that was called, not of one that it is made of. The name
// must have static storage.
class [[nodiscard]] Inside : public ModeScope {
 public:
  explicit Inside(const char* operation) noexcept {
    if (!mode().operation) mode().operation = operation;
  }
};

// Besides, what is called here is no step of a trace: the operation itself is one.
class [[nodiscard]] Untraced : public Inside {
 public:
  explicit Untraced(const char* operation) noexcept : Inside(operation) { mode().tracer = nullptr; }
};

// Besides, only values are computed, which the operation itself records and has checked.
class [[nodiscard]] ValuesOf : public Untraced {
 public:
  explicit ValuesOf(const char* operation) noexcept : Untraced(operation) {
    mode().recording = mode().check_finite = false;
  }
};

}  // namespace attune::internal
