// Values of parameters and buffers, changed behind the handle.
#include "nn/values.hpp"

#include <utility>

#include "core/elementwise.hpp"
#include "core/impl.hpp"

namespace attune::internal {

void take_elements(const char* operation, const Tensor& tensor, Tensor fresh) {
  Impl& own = *tensor.impl();
  Impl& from = *fresh.impl();
  // A derivative that saved the old values must notice.
  const std::uint32_t version =
      own.storage ? own.storage->version.load(std::memory_order_relaxed) : 0;
  from.storage->version.store(version + 1, std::memory_order_relaxed);
  from.storage->writer = operation;
  own.leave_graph();
  std::swap(own.storage, from.storage);
  std::swap(own.data, from.data);
  own.dtype = from.dtype;
  own.shape = from.shape;
  own.strides = from.strides;
  own.numel = from.numel;
  own.contiguous = from.contiguous;
  if (own.requires_grad) own.enter_graph();
}

void drop_elements(const Tensor& tensor) {
  Impl& own = *tensor.impl();
  own.leave_graph();
  if (own.storage) own.storage->release();
  own.storage = nullptr;
  own.data = nullptr;
}

void set_elements(const char* operation, const Tensor& tensor, const Tensor& values) {
  Impl& own = *tensor.impl();
  if (!own.storage) {
    return take_elements(operation, tensor, contiguous_copy(operation, values, own.dtype));
  }
  Tensor target = tensor;
  copy(values, target);
  own.storage->version.fetch_add(1, std::memory_order_relaxed);
  own.storage->writer = operation;
}

Tensor duplicate(const char* operation, const Tensor& source) {
  if (!source.has_values()) return valueless_tensor(source.shape(), source.dtype());
  return contiguous_copy(operation, source, source.dtype());
}

}  // namespace attune::internal
