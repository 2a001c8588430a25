// Receives every operation while a trace runs.
#pragma once

#include <attune/record.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/mode.hpp"

namespace attune::internal {

class Tracer {
 public:
  using Inputs = std::span<const Tensor* const>;
  virtual void add(const Op& op, const Tensor& result, Inputs inputs) = 0;
  // From now on `target`, and whoever shares its memory, has elements made of the inputs.
  virtual void write(const Op& op, const Tensor& target, Inputs inputs) = 0;

 protected:
  ~Tracer() = default;
};

// After an operation that record() does not see, since its result is never part of a graph.
inline void trace_value(const Op& op, const Tensor& result,
                        std::initializer_list<const Tensor*> inputs) {
  if (current_mode.tracer) current_mode.tracer->add(op, result, inputs);
}

// After every write in place.
inline void trace_write(const Op& op, const Tensor& target,
                        std::initializer_list<const Tensor*> inputs) {
  if (current_mode.tracer) current_mode.tracer->write(op, target, inputs);
}

// Name and value: "2", "0.5", "true", "mean", "[1, 1]".
using AttributeTexts = std::vector<std::pair<std::string, std::string>>;
AttributeTexts texts_of(std::span<const Attribute> attributes);
// "stride=[1, 1], groups=1".
std::string joined(const AttributeTexts& attributes);

}  // namespace attune::internal
