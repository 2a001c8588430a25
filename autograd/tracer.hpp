// Receives every operation while a trace runs.
#pragma once

#include <attune/record.hpp>
#include <string>

namespace attune::internal {

class Tracer {
 public:
  virtual void add(const Op& op, const Tensor& result, std::span<const Tensor* const> inputs) = 0;

 protected:
  ~Tracer() = default;
};

// The value as text: "2", "0.5", "true", "mean", "[1, 1]".
std::string attribute_text(const Attribute& attribute);
// "stride=[1, 1], groups=1".
std::string attributes_text(std::span<const Attribute> attributes);

}  // namespace attune::internal
