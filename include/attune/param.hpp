// What a model is made of: Param, a tensor that training changes, and Buffer, one that is only
// saved with the model. Both are fields of structs; <attune/model.hpp> finds them there.
//
// Copies are copies: constructing from another makes memory and identity of its own, assigning
// keeps the target's memory and identity and takes the values over, so that `model = best` restores
// weights under a live optimizer. Only moving carries the identity. A struct of several is assigned
// one after the other: where a later one is refused (another shape), the earlier ones have changed.
//
// Layer: nn.
#pragma once

#include <atomic>
#include <attune/params.hpp>
#include <attune/tensor.hpp>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace attune {

// A trainable tensor with what an initializer and an optimizer must know of it. Its identity is
// that of its tensor: gradients and optimizer state are keyed by it. Before initialize or load it
// has shape, role and fans but no values: an operation on it is an Error (state) that says so.
class ATTUNE_API Param {
 public:
  // None: a layer without this parameter (`nn::Linear{.in = 3, .out = 4, .bias = {}}`). Walks pass
  // over it.
  Param() noexcept = default;
  // f32, without values. The fans are those of weight().
  explicit Param(const Shape& shape, Role role = Role::other);
  Param(const Shape& shape, Role role, std::int64_t fan_in, std::int64_t fan_out);

  // [out, in] of a matrix, [out, in / groups, height, width] of a convolution: fan_in is the
  // product of all sizes but the first, fan_out that of all but the second. One axis: fan_in is its
  // size, fan_out 1.
  static Param weight(const Shape& shape) { return Param(shape, Role::weight); }
  static Param bias(const Shape& shape) { return Param(shape, Role::bias); }
  static Param scale(const Shape& shape) { return Param(shape, Role::scale); }
  // [entries, size].
  static Param embedding(const Shape& shape) { return Param(shape, Role::embedding); }

  // New memory, new identity; without values when `other` has none. It requires a gradient when
  // `other` does, and keeps its name until params() gives it another.
  Param(const Param& other);
  // Copies the values into this parameter's memory; role, fans and identity stay. A source without
  // values leaves this one without; a source that is none, or a target that is none, makes this a
  // plain copy. Errors: shape, dtype when they differ; state for a source that was moved from. (The
  // assignment of a struct goes field by field: what stands in front of the refused one has its new
  // values. load() checks all of them first.)
  Param& operator=(const Param& other);
  // Takes tensor and identity. What is left is moved(): it may be assigned to or end; a copy of it
  // and a walk over it (params, save, ...) are Errors (state), as a model that lost its parameters
  // is not one without parameters.
  Param(Param&& other) noexcept { *this = std::move(other); }
  Param& operator=(Param&& other) noexcept;
  ~Param() = default;

  operator const Tensor&() const noexcept { return tensor_; }  // NOLINT: a parameter is its tensor
  const Tensor& tensor() const noexcept { return tensor_; }
  bool defined() const noexcept { return tensor_.defined(); }
  bool moved() const noexcept { return moved_; }
  bool has_values() const { return defined() && tensor_.has_values(); }
  const Shape& shape() const { return tensor_.shape(); }
  DType dtype() const { return tensor_.dtype(); }
  Role role() const noexcept { return role_; }
  std::int64_t fan_in() const noexcept { return fan_in_; }
  std::int64_t fan_out() const noexcept { return fan_out_; }

 private:
  Tensor tensor_;
  std::int64_t fan_in_ = 1, fan_out_ = 1;
  Role role_ = Role::other;
  bool moved_ = false;
};

// A tensor that is saved and copied with the model and never trained: running statistics, the
// figures of a scaler. Copying, assigning and moving are as for Param.
class ATTUNE_API Buffer {
 public:
  // Empty: it takes shape and type from what is first assigned or loaded.
  Buffer();
  // A copy of the values.
  explicit Buffer(const Tensor& values);
  static Buffer full(const Shape& shape, Number value, DType dtype = f32);

  Buffer(const Buffer& other);
  // An empty target takes shape and type; an empty source empties this one. Errors: shape, dtype;
  // state for a source that was moved from.
  Buffer& operator=(const Buffer& other);
  Buffer(Buffer&& other) noexcept : tensor_(std::move(other.tensor_)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    tensor_ = std::move(other.tensor_);
    return *this;
  }
  ~Buffer() = default;

  operator const Tensor&() const noexcept { return tensor_; }  // NOLINT
  const Tensor& tensor() const noexcept { return tensor_; }
  bool has_values() const { return tensor_.defined() && tensor_.has_values(); }

  // Copies values into the memory, as assignment does; const, since the layers that do it are
  // called so.
  void write(const Tensor& values) const;

  // Held by a layer around its training forward. Error (state) naming the buffer when another
  // thread holds it: two threads in a training forward of one model would spoil each other's
  // statistics, and each needs a model of its own, share(model).
  class [[nodiscard]] Writing {
   public:
    Writing(const char* operation, const Buffer& buffer);
    ~Writing();
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    std::atomic<bool>& busy_;
  };

 private:
  Tensor tensor_;
  mutable std::atomic<bool> busy_{false};
};

// A copy that shares the parameters of `model`, with buffers of its own: for another thread's
// forward and backward. Whatever changes the parameters changes both.
template <class Model>
Model share(const Model& model);

namespace internal {

// While it stands, copying a Param on this thread copies the handle.
class ATTUNE_API Sharing {
 public:
  Sharing() noexcept;
  ~Sharing();
  Sharing(const Sharing&) = delete;
  Sharing& operator=(const Sharing&) = delete;

 private:
  bool outer_;
};

}  // namespace internal

template <class Model>
Model share(const Model& model) {
  static_assert(std::is_copy_constructible_v<Model>,
                "attune: share(model) copies the model, and this one cannot be copied (a"
                " std::unique_ptr among its fields?): hold the part by value or as an nn::Layer");
  const internal::Sharing scope;
  return Model(model);
}

}  // namespace attune
