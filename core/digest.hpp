// XXH3-128 of tensors and texts, to tell whether they are what they were. No protection against
// somebody who wants two to be alike.
#pragma once

#include <attune/tensor.hpp>
#include <memory>
#include <string>
#include <string_view>

struct XXH3_state_s;

namespace attune::internal {

class Digest {
 public:
  explicit Digest(const char* operation);  // Error (memory)
  void add(std::string_view bytes);
  // Name, type, shape and row-major elements, whatever the strides; without values the first three.
  void add(std::string_view name, const Tensor& tensor);
  std::string text() const;  // 32 hexadecimal digits

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const noexcept;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

}  // namespace attune::internal
