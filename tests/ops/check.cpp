// Central differences.
#include "tests/ops/check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attune::tests {
namespace {

// Fixed weights, no two alike, that make one number of a result of any shape.
Tensor weights(const Shape& shape) {
  std::vector<double> elements(static_cast<std::size_t>(shape.numel()));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    elements[i] = 0.6 + 0.8 * std::fabs(std::sin(1.0 + 2.3 * static_cast<double>(i)));
  }
  return tensor(elements, shape);
}

Tensor contracted(const Tensor& y) { return sum(mul(y, weights(y.shape()))); }

std::vector<Tensor> variables(Operands x) {
  std::vector<Tensor> list;
  for (const Tensor& operand : x) {
    list.push_back(operand.detach());
    if (operand.dtype() == f64) list.back().set_requires_grad();
  }
  return list;
}

// Errors of `analytic` as derivatives of `function` at x, by two evaluations per element.
double error_of(const std::vector<Tensor>& analytic, Operands x,
                const std::function<double(Operands)>& function) {
  double largest = 0;
  std::vector<Tensor> moved(x.begin(), x.end());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i].dtype() != f64) continue;
    std::vector<double> elements = reals(x[i]);
    std::vector<double> numeric(elements.size());
    for (std::size_t k = 0; k < elements.size(); ++k) {
      const double at = elements[k];
      const double step = 6e-6 * std::max(1.0, std::fabs(at));
      elements[k] = at + step;
      moved[i] = tensor(elements, x[i].shape());
      const double above = function(moved);
      elements[k] = at - step;
      moved[i] = tensor(elements, x[i].shape());
      numeric[k] = (above - function(moved)) / (2 * step);
      elements[k] = at;
    }
    moved[i] = x[i];
    const Tensor expected = tensor(numeric, x[i].shape());
    largest = std::max(
        largest,
        distance(expected, analytic[i].defined() ? analytic[i] : zeros(x[i].shape(), f64)));
  }
  return largest;
}

double twice_contracted(const std::vector<Tensor>& gradients, Tensor* sum) {
  double total = 0;
  for (const Tensor& gradient : gradients) {
    if (!gradient.defined()) continue;
    const Tensor one = contracted(gradient);
    total += one.item();
    *sum = sum->defined() ? *sum + one : one;
  }
  return total;
}

}  // namespace

std::vector<Tensor> derivatives(const Case& row, Operands x, bool record) {
  const Tensor y = contracted(row(x));
  std::vector<Tensor> result(x.size());
  if (!y.requires_grad()) return result;
  const Random stream{2};
  const Gradients gradients = y.backward({.record = record});
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (const Tensor* found = gradients.find(x[i])) result[i] = *found;
  }
  return result;
}

double first_order_error(const Case& row, Operands x) {
  return error_of(derivatives(row, variables(x)), x, [&](Operands at) {
    const NoGrad values_only;
    return contracted(row(at)).item();
  });
}

double second_order_error(const Case& row, Operands x) {
  const std::vector<Tensor> at = variables(x);
  Tensor sum;
  twice_contracted(derivatives(row, at, true), &sum);
  std::vector<Tensor> analytic(x.size());
  if (sum.defined() && sum.requires_grad()) {
    const Gradients gradients = sum.backward();
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (const Tensor* found = gradients.find(at[i])) analytic[i] = *found;
    }
  }
  return error_of(analytic, x, [&](Operands moved) {
    Tensor ignored;
    return twice_contracted(derivatives(row, variables(moved)), &ignored);
  });
}

}  // namespace attune::tests
