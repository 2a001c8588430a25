// Samples that are entries of tensors along axis 0; the tensors may be mapped from a file.
#include <set>

#include "attune/data/set.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "data/gather.hpp"

namespace attune::data {

using attune::internal::fail;

namespace {

class InMemory : public Source {
 public:
  explicit InMemory(std::vector<Array> arrays) : arrays_(std::move(arrays)) {
    for (const Array& array : arrays_) {
      Shape sample = array.values.shape();
      sample.erase(0);
      fields_.push_back({array.name, array.scaled ? f32 : array.values.dtype(), sample});
    }
  }

  std::int64_t size() const override { return arrays_.front().values.shape()[0]; }
  std::span<const Field> fields() const override { return fields_; }

  void gather(std::span<const std::int64_t> indices, std::int64_t,
              std::span<Tensor> out) const override {
    for (std::size_t f = 0; f < arrays_.size(); ++f) {
      out[f] = arrays_[f].scaled ? internal::gather_scaled(arrays_[f].values, indices)
                                 : internal::gather_rows(arrays_[f].values, indices);
    }
  }

  void range(std::int64_t first, std::int64_t count, std::int64_t,
             std::span<Tensor> out) const override {
    for (std::size_t f = 0; f < arrays_.size(); ++f) {
      const Tensor& values = arrays_[f].values;
      Shape shape = values.shape();
      shape[0] = count;
      const std::int64_t start = count > 0 ? first * values.strides()[0] : 0;
      out[f] = attune::internal::view_of(values, shape, values.strides(), start);
      if (arrays_[f].scaled) out[f] = internal::scale_all(out[f]);
    }
  }

  Tensor column(int field) const override {
    const Array& array = arrays_[static_cast<std::size_t>(field)];
    return array.scaled ? internal::scale_all(array.values) : array.values;
  }

 private:
  std::vector<Array> arrays_;
  std::vector<Field> fields_;
};

}  // namespace

Set in_memory(std::vector<Array> arrays, Names names) {
  if (arrays.empty()) fail(ErrorKind::value, "Set", "no tensors: give at least one");
  std::set<std::string_view> seen;
  for (Array& array : arrays) {
    if (!seen.insert(array.name).second) {
      fail(ErrorKind::value, "Set", "two fields are called \"{}\"", array.name);
    }
    const Tensor& first = arrays.front().values;
    attune::internal::operand("Set", array.values);
    if (array.values.dim() == 0) {
      fail(ErrorKind::shape, "Set", "field \"{}\" is one number: samples lie along axis 0",
           array.name);
    }
    if (array.values.shape()[0] != first.shape()[0]) {
      fail(ErrorKind::shape, "Set",
           "\"{}\" of shape {} has {} samples, \"{}\" of shape {} has {}: they lie along axis 0",
           arrays.front().name, first.shape(), first.shape()[0], array.name, array.values.shape(),
           array.values.shape()[0]);
    }
    if (array.scaled && array.values.dtype() != u8) {
      fail(ErrorKind::dtype, "Set", "field \"{}\" is {}: only u8 values are scaled by 1/255",
           array.name, array.values.dtype());
    }
    // Out of any graph; contiguous, so that a sample is one piece of memory.
    array.values =
        attune::internal::as_contiguous("Set", array.values.detach(), array.values.dtype());
  }
  return Set(std::make_shared<InMemory>(std::move(arrays)), std::move(names));
}

}  // namespace attune::data
