// A model as a whole: its parameters and buffers by path, its size, its element type, its digest.
// A model is any struct that <attune/walk.hpp> can see into; none of these functions is a template.
//
// Layer: nn.
#pragma once

#include <attune/export.hpp>
#include <attune/params.hpp>
#include <attune/walk.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace attune {

// Any model, for the time of a call. What the functions below get from it are handles, so that a
// const model serves those that only look.
class ModelRef {
 public:
  template <class T>
  requires(!std::is_base_of_v<ModelRef, T>)
      ModelRef(const T& model)  // NOLINT: every struct is a model
      : model_(&model), walk_([](const void* what, Visitor& visitor) {
          attune::walk(*static_cast<const T*>(what), visitor);
        }) {}

  void walk(Visitor& visitor) const { walk_(model_, visitor); }

 private:
  const void* model_;
  void (*walk_)(const void*, Visitor&);
};

// A model that is going to be changed: not const, not a temporary.
class MutableModelRef : public ModelRef {
 public:
  template <class T>
  requires(!std::is_const_v<T> && !std::is_base_of_v<ModelRef, T>) MutableModelRef(T& model)
      : ModelRef(model) {}  // NOLINT
};

// Handles on the model's parameters, on the same memory, in the order of the fields. Also names
// each tensor by its path, which is what messages say; so, the first time, no other thread may use
// the model. A part, params(model.hidden), gives paths from there on ("weight") and leaves the
// tensors the names that the whole gave them ("hidden.weight"). Error (state) when two fields are
// one parameter: a tied weight is one field used twice.
ATTUNE_API Params params(const ModelRef& model);

// One buffer of a model; an empty one has no values.
struct BufferHandle {
  std::string path;
  Tensor tensor;
};
using Buffers = std::vector<BufferHandle>;
// As params(), for the buffers.
ATTUNE_API Buffers buffers(const ModelRef& model);

// Those whose path fits the pattern, in which `*` stands for any text: "hidden.*", "*.bias".
// Error (value) with the paths there are when none fits.
ATTUNE_API Params matching(const Params& params, std::string_view pattern);

// The number of elements of all of them.
ATTUNE_API std::int64_t parameter_count(const Params& params);
ATTUNE_API std::int64_t parameter_count(const ModelRef& model);

// A table for people: path, shape, type, role and count of each parameter and buffer, and the
// totals.
ATTUNE_API std::string summary(const ModelRef& model);

// Converts parameters and floating buffers to f32 or f64 in place, identity kept: handles see it.
// Error (dtype) for another type.
ATTUNE_API void to(const MutableModelRef& model, DType dtype);

// 32 hexadecimal digits: XXH3-128 over path, type, shape and bytes of every parameter and buffer,
// in the order of the fields. Equal for equal bits, on every machine. Error (state) naming a
// parameter that has no values.
ATTUNE_API std::string weights_digest(const ModelRef& model);

}  // namespace attune
