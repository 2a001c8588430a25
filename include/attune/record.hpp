// How an operation is written: its value, and next to it the derivative with respect to each input.
//
//   Tensor mul(const Tensor& a, const Tensor& b) {
//     return record("mul", product_of(a, b),
//                   wrt(a, [b = Saved(b)](const Tensor& g) { return g * b; }),
//                   wrt(b, [a = Saved(a)](const Tensor& g) { return g * a; }));
//   }
//
// A derivative written in attune operations, as here, has every order. It may take the result as a
// second parameter, `(const Tensor& g, const Tensor& y)`; only then are the result's values kept.
// It may return a gradient of any shape that its input's broadcast to (backward sums it to the
// input's shape), of any floating type, or an undefined Tensor for zero.
//
// Layer: autograd.
#pragma once

#include <algorithm>
#include <attune/tensor.hpp>
#include <concepts>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace attune {

// One named argument of an operation that is not a tensor: for messages, traces and exports.
struct Attribute {
  enum class Kind : std::uint8_t { integer, real, flag, text, list };
  const char* name;
  Kind kind;
  std::int64_t integer = 0;
  double real = 0;
  const char* text = nullptr;
  const Shape* list = nullptr;

  Attribute(const char* name_, bool value) : name(name_), kind(Kind::flag), integer(value) {}
  Attribute(const char* name_, std::integral auto value)
      : name(name_), kind(Kind::integer), integer(static_cast<std::int64_t>(value)) {}
  Attribute(const char* name_, double value) : name(name_), kind(Kind::real), real(value) {}
  Attribute(const char* name_, const char* value) : name(name_), kind(Kind::text), text(value) {}
  Attribute(const char* name_, const Shape& value) : name(name_), kind(Kind::list), list(&value) {}
};

// The name of an operation, of static storage, and its attributes:
// `{"conv2d", {{"stride", stride}}}`.
struct Op {
  const char* name;
  std::initializer_list<Attribute> attributes;
  Op(const char* name_) : name(name_), attributes() {}  // NOLINT: a plain name is the usual case
  Op(const char* name_, std::initializer_list<Attribute> attributes_)
      : name(name_), attributes(attributes_) {}
};

// A tensor whose values the derivative needs. Using it when they were overwritten in the meantime
// is an Error (state) naming the operation that saved it and the one that wrote.
class ATTUNE_API Saved {
 public:
  explicit Saved(const Tensor& tensor);
  operator const Tensor&() const;  // NOLINT
  const Tensor& operator*() const { return *this; }

 private:
  Tensor tensor_;
  std::uint32_t version_;
};

// The shape and type of a tensor whose values the derivative does not need: they are not kept.
class ATTUNE_API Outline {
 public:
  explicit Outline(const Tensor& tensor);  // Error (state) when undefined
  Outline(const Outline& other) noexcept;
  Outline& operator=(const Outline& other) = delete;
  ~Outline();
  const Shape& shape() const noexcept;
  DType dtype() const noexcept;

 private:
  internal::Impl* impl_;
};

// An input and the derivative with respect to it.
template <class F>
struct Wrt {
  const Tensor& input;
  F derive;
};
template <class F>
requires(std::is_invocable_r_v<Tensor, F, const Tensor&> ||
         std::is_invocable_r_v<Tensor, F, const Tensor&, const Tensor&>)
    Wrt<F> wrt(const Tensor& input, F derive) {
  return {input, std::move(derive)};
}
// An input with no derivative: indices, a mask.
inline Wrt<std::nullptr_t> constant(const Tensor& input) { return {input, nullptr}; }

namespace internal {

// True when `result` is to carry a record of this operation: it is `derivable` by an input that
// requires a gradient. Also where the NaN check and the trace see every operation.
ATTUNE_API bool begin_record(const Op& op, Tensor& result, std::span<const Tensor* const> inputs,
                             bool derivable);
// Space for the closure of the next edge, which leads to `input`.
ATTUNE_API void* add_edge(Tensor& result, const Tensor& input, std::size_t closure_bytes,
                          Tensor (*call)(const void*, const Tensor&, const Tensor&),
                          void (*destroy)(void*) noexcept, bool needs_result);

template <class F>
void attach(Tensor& result, Wrt<F>& wrt) {
  if constexpr (!std::is_same_v<F, std::nullptr_t>) {
    if (!wrt.input.defined() || !wrt.input.requires_grad()) return;
    constexpr bool needs_result = std::is_invocable_v<F, const Tensor&, const Tensor&>;
    void* space = add_edge(
        result, wrt.input, sizeof(F),
        [](const void* closure, const Tensor& g, [[maybe_unused]] const Tensor& y) -> Tensor {
          const F& derive = *static_cast<const F*>(closure);
          if constexpr (needs_result)
            return derive(g, y);
          else
            return derive(g);
        },
        [](void* closure) noexcept { std::destroy_at(static_cast<F*>(closure)); }, needs_result);
    static_assert(
        std::is_nothrow_move_constructible_v<F> && alignof(F) <= 8,
        "attune: a derivative captures by value what moves without throwing, such as Saved, "
        "Outline, numbers and Shape");
    new (space) F(std::move(wrt.derive));
  }
}

}  // namespace internal

// Returns `result`, recorded as the outcome of `op` on the inputs when the mode says so and one of
// them requires a gradient. `result` must be a new tensor, which becomes a node of the graph: Error
// (state) for an undefined one and, where it is to be recorded, for an input, for a variable and
// for what is recorded already. An undefined input is an argument that was left out. One that is
// constant makes no result require a gradient.
// A derivative whose captures exceed 48 bytes costs an allocation.
template <class... F>
Tensor record(const Op& op, Tensor result, Wrt<F>... inputs) {
  const Tensor* const list[] = {&inputs.input...};
  const bool derivable = ((!std::is_same_v<F, std::nullptr_t> && inputs.input.defined() &&
                           inputs.input.requires_grad()) ||
                          ...);
  if (internal::begin_record(op, result, list, derivable)) (internal::attach(result, inputs), ...);
  return result;
}

// The same for a list of inputs: `derive(g, i)` is the derivative with respect to inputs[i], or
// `derive(i)`, which is called for each i in order, returns it: captures of one input alone then
// need no list of their own.
template <class F>
requires(std::is_invocable_r_v<Tensor, F, const Tensor&, std::size_t> ||
         std::is_invocable_v<F, std::size_t>) Tensor
    record(const Op& op, Tensor result, std::span<const Tensor> inputs, F derive) {
  const Tensor* few[8];
  std::vector<const Tensor*> many;
  if (inputs.size() > std::size(few)) many.resize(inputs.size());
  const std::span<const Tensor*> list(many.empty() ? few : many.data(), inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) list[i] = &inputs[i];
  const bool derivable = std::ranges::any_of(
      inputs, [](const Tensor& input) { return input.defined() && input.requires_grad(); });
  if (!internal::begin_record(op, result, list, derivable)) return result;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto one = [&] {
      if constexpr (std::is_invocable_v<F, std::size_t>)
        return wrt(inputs[i], derive(i));
      else
        return wrt(inputs[i], [derive, i](const Tensor& g) -> Tensor { return derive(g, i); });
    }();
    internal::attach(result, one);
  }
  return result;
}

}  // namespace attune
