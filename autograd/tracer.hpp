// Receives every operation while a trace runs.
#pragma once

#include <attune/record.hpp>

namespace attune::internal {

class Tracer {
 public:
  virtual void add(const Op& op, const Tensor& result, std::span<const Tensor* const> inputs) = 0;

 protected:
  ~Tracer() = default;
};

}  // namespace attune::internal
