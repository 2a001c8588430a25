// Rows of a table, looked up.
#include "attune/ops/embedding.hpp"

#include "attune/inside.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/index.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/index_checks.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::fail;
using internal::operand;

namespace {

// The same table, to one row of which no derivative flows.
Tensor with_fixed_row(const Tensor& weight, std::int64_t row) {
  Tensor fixed = zeros({weight.size(0), 1}, boolean);
  internal::data<bool>(fixed)[row] = true;
  return record({"fixed_row", {{"row", row}}},
                internal::view_of(weight, weight.shape(), weight.strides(), 0),
                wrt(weight, [fixed](const Tensor& g) { return masked_fill(g, fixed, 0); }));
}

}  // namespace

Tensor embedding(const Tensor& indices, const Tensor& weight,
                 std::optional<std::int64_t> padding_idx) {
  const internal::Inside called("embedding");
  Shape shape = operand("embedding", indices).shape;
  if (operand("embedding", weight).shape.rank() != 2) {
    fail(ErrorKind::shape, "embedding", "a weight of shape {}: it must be [rows, width]",
         weight.shape());
  }
  const std::int64_t rows = weight.shape()[0];
  const Tensor checked =
      internal::checked_indices("embedding", indices, rows, "rows of the weight");
  Tensor table = weight;
  if (padding_idx) {
    const std::int64_t row = *padding_idx < 0 ? *padding_idx + rows : *padding_idx;
    if (row < 0 || row >= rows) {
      fail(ErrorKind::index, "embedding", "padding_idx {} is outside the {} rows of the weight",
           *padding_idx, rows);
    }
    table = with_fixed_row(weight, row);
  }
  shape.push_back(weight.shape()[1]);
  return reshape(index_select(table, 0, reshape(checked, {checked.numel()})), shape);
}

}  // namespace attune
