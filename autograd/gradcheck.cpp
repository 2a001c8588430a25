// gradcheck and gradgradcheck: derivatives against central differences.
#include <algorithm>
#include <cmath>

#include "attune/autograd.hpp"
#include "attune/ops.hpp"
#include "attune/random.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::fail;

namespace {

using Function = std::function<Tensor(std::span<const Tensor>)>;

// Every evaluation draws the same random numbers and leaves running statistics alone.
struct SameConditions {
  Random random{0};
  FrozenStatistics frozen;
};

// Fixed numbers from 0.5 to 1.5 without a pattern along any axis.
Tensor fixed_weights(const Shape& shape) {
  Tensor weights = empty(shape, f64);
  double* const w = weights.mutable_data<double>();
  const double golden = (std::sqrt(5.0) - 1) / 2;
  for (std::int64_t i = 0; i < weights.numel(); ++i) {
    const double turns = golden * static_cast<double>(i + 1);
    w[i] = 0.5 + (turns - std::floor(turns));
  }
  return weights;
}

// One number from a result of any shape.
Tensor contracted(const Tensor& result) { return sum(result * fixed_weights(result.shape())); }

// The same elements as variables of their own.
std::vector<Tensor> as_variables(const char* operation, const Function& function,
                                 std::span<const Tensor> inputs) {
  if (!function) fail(ErrorKind::value, operation, "the function is null");
  std::vector<Tensor> variables;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool wanted = inputs[i].requires_grad();
    if (wanted && inputs[i].dtype() != f64) {
      fail(ErrorKind::dtype, operation,
           "input {} is {}: differences need the digits of f64, convert with to(f64)", i,
           inputs[i].dtype());
    }
    variables.push_back(inputs[i].detach());
    if (wanted) variables.back().set_requires_grad();
    variables.back().set_name(inputs[i].name());
  }
  if (std::ranges::none_of(variables, &Tensor::requires_grad)) {
    fail(ErrorKind::state, operation, "no input requires a gradient: set_requires_grad() on one");
  }
  return variables;
}

Tensor checked_result(const char* operation, const Function& function,
                      std::span<const Tensor> inputs) {
  Tensor result = function(inputs);
  if (!result.defined()) {
    fail(ErrorKind::state, operation, "the function returned an undefined Tensor");
  }
  if (result.dtype() != f64) {
    fail(ErrorKind::dtype, operation,
         "the function returned {}: differences need the digits of f64 all along", result.dtype());
  }
  return result;
}

double evaluate(const char* operation, const Function& function, std::span<const Tensor> inputs) {
  const NoGrad no_grad;
  const SameConditions same;
  return contracted(checked_result(operation, function, inputs)).item();
}

std::vector<Tensor> derivatives(const char* operation, const Function& function,
                                std::span<const Tensor> variables) {
  const EnableGrad enable;
  const SameConditions same;
  std::vector<Tensor> wanted;
  std::ranges::copy_if(variables, std::back_inserter(wanted), &Tensor::requires_grad);
  const Tensor number = contracted(checked_result(operation, function, variables));
  if (number.requires_grad()) return grad(number, wanted);
  std::vector<Tensor> zero;
  for (const Tensor& variable : wanted) zero.push_back(zeros_like(variable));
  return zero;
}

// "[1, 2]" of the element at `position` in row-major order.
Shape index_of(std::int64_t position, const Shape& shape) {
  Shape index = shape;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    index[axis] = position % shape[axis];
    position /= shape[axis];
  }
  return index;
}

void compare(const char* operation, const Function& function, std::span<const Tensor> variables,
             const GradcheckOptions& options) {
  if (!(options.step > 0) || !std::isfinite(options.step)) {
    fail(ErrorKind::value, operation, "the step is {}: it must be above 0", options.step);
  }
  const std::vector<Tensor> analytic = derivatives(operation, function, variables);
  std::vector<Tensor> moved;
  for (const Tensor& variable : variables) {
    moved.push_back(variable.detach().clone());
    if (variable.requires_grad()) moved.back().set_requires_grad();
  }
  std::size_t next = 0;  // in analytic
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (!variables[i].requires_grad()) continue;
    const Tensor derivative = analytic[next++].contiguous();
    for (std::int64_t k = 0; k < derivative.numel(); ++k) {
      const auto move_to = [&](double value) {
        const NoGrad no_grad;
        moved[i].mutable_data<double>()[k] = value;
      };
      const auto at = [&](double value) {
        move_to(value);
        return evaluate(operation, function, moved);
      };
      const double x = moved[i].values<double>()[static_cast<std::size_t>(k)];
      const double step = options.step * std::max(1.0, std::abs(x));
      const double above = x + step, below = x - step;  // as represented
      const double numeric = (at(above) - at(below)) / (above - below);
      move_to(x);
      const double exact = derivative.values<double>()[static_cast<std::size_t>(k)];
      const double error =
          std::abs(exact - numeric) / std::max({1.0, std::abs(exact), std::abs(numeric)});
      if (error <= options.tolerance) continue;  // not so when it is NaN
      const std::string_view name = variables[i].name();
      fail(ErrorKind::numeric, operation,
           "input {}{}{}{}, element {} of shape {} (value {}): the derivative gives {}, central "
           "differences {} (off by {:.3g}, allowed {:.3g}): one of the derivatives on the way is "
           "wrong, or the function has a kink there",
           i, name.empty() ? "" : " (", name, name.empty() ? "" : ")",
           index_of(k, variables[i].shape()), variables[i].shape(), x, exact, numeric, error,
           options.tolerance);
    }
  }
}

}  // namespace

void gradcheck(const Function& function, std::span<const Tensor> inputs,
               const GradcheckOptions& options) {
  compare("gradcheck", function, as_variables("gradcheck", function, inputs), options);
}

void gradgradcheck(const Function& function, std::span<const Tensor> inputs,
                   const GradcheckOptions& options) {
  constexpr const char* operation = "gradgradcheck";
  std::vector<Tensor> variables = as_variables(operation, function, inputs);
  {
    // The derivative is checked as a function of the inputs and of the gradient that comes in.
    const NoGrad no_grad;
    const SameConditions same;
    variables.push_back(fixed_weights(checked_result(operation, function, variables).shape()));
    variables.back().set_requires_grad().set_name("incoming gradient");
  }
  const auto first = [&function](std::span<const Tensor> all) {
    const bool recording = Mode::current().recording;
    const EnableGrad enable;
    const auto own = all.first(all.size() - 1);
    std::vector<Tensor> wanted;
    std::ranges::copy_if(own, std::back_inserter(wanted), &Tensor::requires_grad);
    Tensor total = zeros({}, f64);
    const Tensor result = function(own);
    if (!result.requires_grad()) return total;
    for (const Tensor& derivative :
         grad(result, wanted, {.record = recording, .seed = all.back()})) {
      total = total + contracted(derivative);
    }
    return total;
  };
  compare(operation, first, variables, options);
}

}  // namespace attune
