// The tensor: a reference-counted handle to strided elements of one type, and, when it was computed
// from tensors that require a gradient, to the record of how.
//
// Copying a Tensor, or taking a view of it, shares the elements; clone() copies them. A Tensor may
// be read from many threads at once; one that a thread writes may be used by no other meanwhile.
//
// Layer: core.
#pragma once

#include <atomic>
#include <attune/count.hpp>
#include <attune/dtype.hpp>
#include <attune/error.hpp>
#include <attune/export.hpp>
#include <attune/shape.hpp>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace attune {

class Tensor;
class Gradients;
struct BackwardOptions;

namespace internal {

// What a handle points to begins with the count of its handles, so that copying one stays inline.
struct Handled {
  std::atomic<std::uint32_t> handles{1};
};
struct Impl;
ATTUNE_API void release(Handled* impl) noexcept;  // the last handle went

}  // namespace internal

class ATTUNE_API Tensor {
 public:
  // An undefined tensor: no shape, no elements. Every operation on it is an Error (state).
  Tensor() noexcept = default;
  Tensor(const Tensor& other) noexcept : impl_(other.impl_) {
    if (impl_) internal::add_to_count(impl_->handles, 1, std::memory_order_relaxed);
  }
  Tensor(Tensor&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}
  Tensor& operator=(Tensor other) noexcept {
    std::swap(impl_, other.impl_);
    return *this;
  }
  ~Tensor() {
    if (impl_ && internal::take_from(impl_->handles) == 1) internal::release(impl_);
  }

  bool defined() const noexcept { return impl_ != nullptr; }

  // --- what it is -------------------------------------------------------------------------------
  // Errors: state, when undefined.
  DType dtype() const;
  const Shape& shape() const;
  const Shape& strides() const;  // in elements, one per axis; 0 along a broadcast axis
  int dim() const;               // the number of axes
  std::int64_t numel() const;
  std::int64_t size(int axis) const;  // negative axes count from the last; Error (index)
  bool is_contiguous() const;         // row-major without gaps
  bool has_values() const;            // false for a parameter before initialize or load

  // --- elements ---------------------------------------------------------------------------------
  // The elements in memory, from the first one on; with strides() they are all reachable. T must be
  // the C++ type of dtype(): Error (dtype). A tensor without values: Error (state).
  template <class T>
  const T* data() const {
    return static_cast<const T*>(read(dtype_of<T>()));
  }
  // The same for writing, under the rule on writing in place below. The version is raised here and
  // not by what is stored later: ask again after the tensor was used in an operation.
  template <class T>
  T* mutable_data() {
    return static_cast<T*>(write(dtype_of<T>()));
  }
  // The elements as a row-major sequence. Error (state) unless is_contiguous().
  template <class T>
  std::span<const T> values() const {
    return {static_cast<const T*>(read_contiguous(dtype_of<T>())),
            static_cast<std::size_t>(numel())};
  }
  // The only element, converted to T. Errors: shape unless numel() is 1; value when T is an integer
  // type that cannot hold it.
  template <class T = double>
  T item() const {
    const Number value = number();
    if constexpr (std::is_integral_v<T>) {
      using Limits = std::numeric_limits<T>;
      if (!value.template fits<T>()) does_not_fit(value, Limits::min(), Limits::max());
    }
    return value.template as<T>();
  }

  // --- copies and conversions, recorded in the graph ---------------------------------------------
  Tensor clone() const;          // the same elements in fresh row-major storage
  Tensor to(DType dtype) const;  // converted; itself when it has that type already
  Tensor contiguous() const;     // itself when it is contiguous already
  Tensor detach() const;         // the same elements outside the graph; shares the storage
  Tensor operator[](
      std::int64_t index) const;  // view of one entry along axis 0: select(x, 0, index)

  // --- derivatives ------------------------------------------------------------------------------
  bool requires_grad() const;
  // Makes a tensor that was not computed from others a variable to differentiate by, or undoes it.
  // Errors: dtype unless f32 or f64; state when the tensor was recorded.
  Tensor& set_requires_grad(bool on = true);
  // The derivative of this 0-d tensor with respect to every tensor that requires a gradient and
  // took part in it. See <attune/autograd.hpp>.
  Gradients backward() const;
  Gradients backward(const BackwardOptions& options) const;
  // Asks backward for the gradient of this intermediate result too. Error (state) for one that
  // does not require a gradient.
  Tensor& retain_grad();
  // `hook` sees the gradient of this tensor once it is complete and may return another one in its
  // place (an undefined Tensor leaves it); what it is given may belong to others as well, so
  // writing to that is an Error (state). Called in the thread that runs backward. A hook registered
  // during a backward, by a hook, serves from the next one on. It lives as long as the tensor, so
  // it captures no handle of it: neither would be freed. Errors: state when this requires no
  // gradient, value for a null hook.
  Tensor& register_hook(std::function<Tensor(const Tensor&)> hook);
  // The operation that made it ("matmul"), or "" for one that was not recorded.
  std::string_view operation() const;
  // The path that messages use: set by params(model) to "hidden.weight" and the like.
  std::string_view name() const;
  Tensor& set_name(std::string_view path);

  // --- writing in place --------------------------------------------------------------------------
  //
  // No derivative flows through these. Outside a NoGrad scope they are an Error (state) on a tensor
  // that requires a gradient or was recorded, and on any other with the same memory: detach()ed, or
  // a view taken inside a NoGrad scope. Inside one they raise the version of the storage, so that a
  // backward which needs the old values says so. A detach().clone() may always be written, and so
  // may what a graph has let go of. The right-hand side broadcasts to this shape. copy_ converts it
  // to this dtype as to() does; the others promote and refuse a result that this dtype cannot hold:
  // Error (dtype). Error (state) for a view some of whose elements share memory (expand, unfold).
  Tensor& copy_(const Tensor& source);  // the elements of source
  Tensor& fill_(Number value);          // all elements become `value`
  Tensor& zero_() { return fill_(0); }
  Tensor& operator+=(const Tensor& other);
  Tensor& operator-=(const Tensor& other);
  Tensor& operator*=(const Tensor& other);
  Tensor& operator/=(const Tensor& other);
  Tensor& operator+=(Number other);
  Tensor& operator-=(Number other);
  Tensor& operator*=(Number other);
  Tensor& operator/=(Number other);

  // How often the storage behind this tensor was written in place.
  std::uint32_t version() const;
  // True when both see the same storage.
  bool shares_storage(const Tensor& other) const noexcept;

  // For attune itself.
  internal::Impl* impl() const noexcept;
  struct Adopt {};
  Tensor(internal::Handled* impl, Adopt) noexcept : impl_(impl) {}

 private:
  const void* read(DType dtype) const;
  const void* read_contiguous(DType dtype) const;
  void* write(DType dtype);
  Number number() const;
  [[noreturn]] static void does_not_fit(Number item, std::int64_t least, std::uint64_t most);

  internal::Handled* impl_ = nullptr;
};

// Elements as NumPy prints them, followed by the dtype and the shape when they are not plain to
// see.
ATTUNE_API std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

namespace internal {

// Numbers in nested braces of equal lengths.
struct Nested {
  template <class T>
  requires std::is_arithmetic_v<T> Nested(T value) : number(value) {}            // NOLINT
  Nested(std::initializer_list<Nested> entries) : leaf(false), list(entries) {}  // NOLINT
  Number number = 0;
  bool leaf = true;
  std::initializer_list<Nested> list;
};

}  // namespace internal

// A tensor of the numbers in nested braces: `tensor({{1.0, 2.0}, {3.0, 4.0}})` has shape [2, 2].
// Integers make i64, floating numbers f32, bools bool; mixed ones promote. Errors: shape when the
// braces are ragged, value for a number that an integer dtype cannot hold.
ATTUNE_API Tensor tensor(std::initializer_list<internal::Nested> entries);
ATTUNE_API Tensor tensor(std::initializer_list<internal::Nested> entries, DType dtype);
// A 0-d tensor of one number.
ATTUNE_API Tensor scalar_tensor(Number value);
ATTUNE_API Tensor scalar_tensor(Number value, DType dtype);

namespace internal {
ATTUNE_API Tensor copy_elements(const void* elements, std::size_t count, DType dtype,
                                const Shape& shape);
}  // namespace internal

// A tensor with a copy of the elements, row-major; their number must be that of `shape`.
template <class T>
Tensor tensor(std::span<const T> elements, const Shape& shape) {
  return internal::copy_elements(elements.data(), elements.size(), dtype_of<T>(), shape);
}
// Of elements that may be written, or whose number the type has.
template <class T, std::size_t extent>
requires(!std::is_const_v<T> || extent != std::dynamic_extent) Tensor
    tensor(std::span<T, extent> elements, const Shape& shape) {
  return tensor(std::span<const std::remove_const_t<T>>(elements), shape);
}
template <class T>
Tensor tensor(const std::vector<T>& elements, const Shape& shape) {
  if constexpr (std::is_same_v<T, bool>) {  // packed: eight elements in a byte
    const std::vector<std::uint8_t> bytes(elements.begin(), elements.end());
    return internal::copy_elements(bytes.data(), bytes.size(), boolean, shape);
  } else {
    return tensor(std::span<const T>(elements), shape);
  }
}
// One axis.
template <class T>
Tensor tensor(const std::vector<T>& elements) {
  return tensor(elements, Shape{static_cast<std::int64_t>(elements.size())});
}

template <class T, std::size_t extent>
Tensor tensor(std::span<T, extent> elements) {
  return tensor(elements, Shape{static_cast<std::int64_t>(elements.size())});
}

// A tensor over memory that belongs to someone else: no copy. `release(owner)` is called once, from
// any thread, when no tensor sees the memory any more (never when this throws); both may be null
// for memory that outlives all. Writes that do not pass through a tensor raise no version.
ATTUNE_API Tensor from_blob(void* elements, DType dtype, const Shape& shape,
                            void (*release)(void* owner) = nullptr, void* owner = nullptr);

}  // namespace attune
