// The walk over a model: which fields it finds, and which it refuses. A model is any struct; its
// fields, and theirs, are its parameters, buffers and layers, and the names of the fields are the
// paths.
//
// Taken: Param, Buffer; aggregates (see <attune/reflect.hpp>) and types that list their `fields`;
// std::vector, std::array, std::optional, std::tuple, std::pair, std::unique_ptr of these;
// nn::Layer. Passed over: numbers, enumerations, strings, string literals, Shape, Axes, Size2d,
// Padding2d, Padding1d, Number, pointers to functions and to members, classes without members.
// Everything else is refused at compile time: a field skipped in silence would be a layer that is
// never trained.
//
// Layer: nn.
#pragma once

#include <array>
#include <attune/ops/plane.hpp>
#include <attune/param.hpp>
#include <attune/reflect.hpp>
#include <attune/shape.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace attune {

// What a walk meets, in the order of the fields. A Param that is none is not reported; one that was
// moved from is an Error (state).
class ATTUNE_API Visitor {
 public:
  virtual ~Visitor();
  virtual void param(const Param& param) = 0;
  virtual void buffer(const Buffer& buffer) = 0;

  // The way to where the walk is: "layers.0.weight".
  std::string_view path() const noexcept { return path_; }

  // Throws the Error (state) of a field that was moved from, with its path.
  [[noreturn]] void refuse_moved() const;

  // One step down, by name or number, as long as it stands.
  class Step {
   public:
    Step(Visitor& visitor, std::string_view name) : path_(visitor.path_), length_(path_.size()) {
      if (length_ > 0) path_ += '.';
      path_ += name;
    }
    Step(Visitor& visitor, std::size_t index) : Step(visitor, std::to_string(index)) {}
    ~Step() { path_.resize(length_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    std::string& path_;
    std::size_t length_;
  };

 private:
  std::string path_;
};

// Reports every Param and Buffer of `model` to the visitor. The model may be const: what a visitor
// gets are handles.
template <class T>
void walk(const T& model, Visitor& visitor);

#pragma GCC visibility push(hidden)
namespace internal {

template <class T>
struct Unwalkable : std::false_type {};

template <class T>
T* owner_of(void (T::*)(Visitor&) const);
// A walk that a base class has would leave out what T adds to it.
template <class T>
concept WalksPart = requires {
  owner_of(&T::walk);
  requires sizeof(T) > sizeof(*owner_of(&T::walk));
};
template <class T>
concept WalksItself = !WalksPart<T> && requires(const T& part, Visitor& visitor) {
  part.walk(visitor);
};

// Fields without parameters that a model may have.
template <class T>
inline constexpr bool is_plain = std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                                 std::is_member_pointer_v<T> || std::is_same_v<T, Number>;
template <class T>
inline constexpr bool is_plain<T*> = std::is_function_v<T>;
template <>
inline constexpr bool is_plain<const char*> = true;
template <>
inline constexpr bool is_plain<std::string> = true;
template <>
inline constexpr bool is_plain<std::string_view> = true;
template <>
inline constexpr bool is_plain<Shape> = true;
template <>
inline constexpr bool is_plain<Axes> = true;
template <>
inline constexpr bool is_plain<Size2d> = true;
template <>
inline constexpr bool is_plain<Padding2d> = true;
template <>
inline constexpr bool is_plain<Padding1d> = true;

template <class T>
inline constexpr bool is_sequence = false;
template <class T, class A>
inline constexpr bool is_sequence<std::vector<T, A>> = true;
template <class T, std::size_t N>
inline constexpr bool is_sequence<std::array<T, N>> = true;

template <class T>
inline constexpr bool is_holder = false;  // of one thing or nothing
template <class T>
inline constexpr bool is_holder<std::optional<T>> = true;
template <class T, class D>
inline constexpr bool is_holder<std::unique_ptr<T, D>> = !std::is_array_v<T>;

template <class T>
inline constexpr bool is_product = false;
template <class... T>
inline constexpr bool is_product<std::tuple<T...>> = true;
template <class T, class U>
inline constexpr bool is_product<std::pair<T, U>> = true;

template <class T>
void walk_field(const T& field, Visitor& visitor) {
  if constexpr (std::is_same_v<T, Param>) {
    if (field.moved()) visitor.refuse_moved();
    if (field.defined()) visitor.param(field);
  } else if constexpr (std::is_same_v<T, Buffer>) {
    if (!field.tensor().defined()) visitor.refuse_moved();
    visitor.buffer(field);
  } else if constexpr (is_plain<T>) {
  } else if constexpr (WalksItself<T>) {
    field.walk(visitor);
  } else if constexpr (is_sequence<T>) {
    using Element = typename T::value_type;
    if constexpr (is_plain<Element>)
      return;  // also std::vector<bool>
    else {
      std::size_t index = 0;
      for (const Element& element : field) {
        const Visitor::Step step(visitor, index++);
        walk_field(element, visitor);
      }
    }
  } else if constexpr (is_holder<T>) {
    if (field) walk_field(std::as_const(*field), visitor);
  } else if constexpr (is_product<T>) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (
          [&] {
            const Visitor::Step step(visitor, I);
            walk_field(std::get<I>(field), visitor);
          }(),
          ...);
    }
    (std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (reflect::Struct<T>) {
    reflect::for_each(field, [&](std::string_view name, const auto& part) {
      const Visitor::Step step(visitor, name);
      walk_field(part, visitor);
    });
  } else if constexpr (std::is_same_v<T, Tensor>) {
    static_assert(Unwalkable<T>::value,
                  "attune: a Tensor as a field of a model is neither trained nor saved: make it a"
                  " Param (trained) or a Buffer (saved)");
  } else if constexpr (!std::is_empty_v<T>) {
    static_assert(Unwalkable<T>::value,
                  "attune: a walk over the model cannot see into a field of this type, so its"
                  " parameters would never be trained: use Param, Buffer, nn::Layer, an aggregate,"
                  " std::vector, array, optional, tuple or unique_ptr of these, or give the type"
                  " `template <class Self, class F> static void fields(Self& self, F&& f)`");
  }
}

}  // namespace internal
#pragma GCC visibility pop

template <class T>
void walk(const T& model, Visitor& visitor) {
  internal::walk_field(model, visitor);
}

}  // namespace attune
