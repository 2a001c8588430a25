// One weight by an initializer, whatever the model.
#pragma once

#include <attune/initialize.hpp>
#include <attune/model.hpp>
#include <attune/param.hpp>
#include <cstdint>
#include <utility>

namespace attune::tests {

// A weight [out, in] in f64 by this initializer.
inline Param weight(const Shape& shape, const char* name, const OptionList& options = {},
                    std::uint64_t seed = 1) {
  struct One {
    Param w;
  } one{Param::weight(shape)};
  to(one, f64);
  initialize(params(one), name, {.seed = seed}, options);
  return std::move(one.w);
}

}  // namespace attune::tests
