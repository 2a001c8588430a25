// Your own differentiable operations: a value, and next to it the derivative by each input.
//
//   Tensor softplus(const Tensor& x) {                  // in xtensor's words: first derivatives
//     return elementwise("softplus", x, [](auto&& v) { return xt::log1p(xt::exp(v)); },
//                        [](auto&& g, auto&& v) { return g / (1 + xt::exp(-v)); });
//   }
//   Tensor cube(const Tensor& x) {                      // in attune's words: every order
//     return op("cube", x, [](const Tensor& v) { return v * v * v; },
//               [](const Tensor& g, const Tensor& v) { return g * 3 * v * v; });
//   }
//
// With attributes, inputs without derivative or a derivative that uses the result: record() itself,
// in <attune/record.hpp>. Check either with gradcheck().
//
// Layer: autograd.
#pragma once

#include <attune/inside.hpp>
#include <attune/mode.hpp>
#include <attune/record.hpp>
#include <attune/xtensor.hpp>
#include <string>

namespace attune {
namespace internal {

template <class T, class F, class... X>
Tensor evaluate_as(const F& function, const X&... x) {
  return tensor(xt::cast<T>(function(view<const T>(x)...)));
}

// `function` of tensors of one floating type, in that type.
template <class F, class... X>
Tensor evaluate(const F& function, const Tensor& first, const X&... x) {
  return first.dtype() == f64 ? evaluate_as<double>(function, first, x...)
                              : evaluate_as<float>(function, first, x...);
}

template <class F, class... X>
auto first_order(const char* name, const F& derivative, const X&... x) {
  return [name, derivative, ... x = Saved(x)](const Tensor& g) -> Tensor {
    if (Mode::current().recording) {
      throw Error(ErrorKind::state, std::string(name) +
                                        ": its derivative is written in xtensor, which has first "
                                        "order only: write it with op() in attune operations");
    }
    return evaluate(derivative, g, static_cast<const Tensor&>(x)...);
  };
}

template <class F, class... X>
auto every_order(const F& derivative, const X&... x) {
  return [derivative, ... x = Saved(x)](const Tensor& g) -> Tensor {
    return derivative(g, static_cast<const Tensor&>(x)...);
  };
}

template <class F, class... X>
Tensor unrecorded(const char* name, const F& value, const X&... x) {
  const ValuesOf values(name);
  return value(x...);
}

// The value of elementwise(), checked to be of the inputs' broadcast shape.
template <class F, class... X>
Tensor elementwise_value(const char* name, const F& value, const Shape& shape, const X&... x) {
  Tensor result = evaluate(value, x...);
  if (result.shape() != shape) {
    throw Error(ErrorKind::shape, std::string(name) + ": the value has shape " +
                                      to_string(result.shape()) + ", the inputs broadcast to " +
                                      to_string(shape) + ": it must work element by element");
  }
  return result;
}

}  // namespace internal

// An operation on one to three tensors, element by element, in xtensor expressions: `value` of the
// inputs, and per input the derivative of the gradient and all inputs. `name` must have static
// storage. Inputs broadcast; they are brought to one floating type, in which everything is
// computed. Errors: shape when the inputs do not broadcast or the value has another shape; state
// when the derivative itself is recorded ({.record = true}).
template <class V, class D>
Tensor elementwise(const char* name, const Tensor& x, V value, D derivative) {
  const internal::Inside called(name);
  const Tensor a = x.to(floating(x.dtype()));
  return record(name, internal::elementwise_value(name, value, a.shape(), a),
                wrt(a, internal::first_order(name, derivative, a)));
}
template <class V, class Da, class Db>
Tensor elementwise(const char* name, const Tensor& x, const Tensor& y, V value, Da by_x, Db by_y) {
  const internal::Inside called(name);
  const DType type = floating(promote(x.dtype(), y.dtype()));
  const Tensor a = x.to(type), b = y.to(type);
  const Shape shape = broadcast_shapes(name, a.shape(), b.shape());
  return record(name, internal::elementwise_value(name, value, shape, a, b),
                wrt(a, internal::first_order(name, by_x, a, b)),
                wrt(b, internal::first_order(name, by_y, a, b)));
}
template <class V, class Da, class Db, class Dc>
Tensor elementwise(const char* name, const Tensor& x, const Tensor& y, const Tensor& z, V value,
                   Da by_x, Db by_y, Dc by_z) {
  const internal::Inside called(name);
  const DType type = floating(promote(promote(x.dtype(), y.dtype()), z.dtype()));
  const Tensor a = x.to(type), b = y.to(type), c = z.to(type);
  const Shape shape =
      broadcast_shapes(name, broadcast_shapes(name, a.shape(), b.shape()), c.shape());
  return record(name, internal::elementwise_value(name, value, shape, a, b, c),
                wrt(a, internal::first_order(name, by_x, a, b, c)),
                wrt(b, internal::first_order(name, by_y, a, b, c)),
                wrt(c, internal::first_order(name, by_z, a, b, c)));
}

// An operation on one to three tensors in attune operations, of any shapes: `value` of the inputs,
// not recorded itself, and per input the derivative of the gradient and all inputs. Since the
// derivatives are attune operations, derivatives of every order follow. `name` must have static
// storage. The value must be a new tensor, not one of the inputs.
template <class V, class D>
Tensor op(const char* name, const Tensor& x, V value, D derivative) {
  const internal::Inside called(name);
  return record(name, internal::unrecorded(name, value, x),
                wrt(x, internal::every_order(derivative, x)));
}
template <class V, class Da, class Db>
Tensor op(const char* name, const Tensor& x, const Tensor& y, V value, Da by_x, Db by_y) {
  const internal::Inside called(name);
  return record(name, internal::unrecorded(name, value, x, y),
                wrt(x, internal::every_order(by_x, x, y)),
                wrt(y, internal::every_order(by_y, x, y)));
}
template <class V, class Da, class Db, class Dc>
Tensor op(const char* name, const Tensor& x, const Tensor& y, const Tensor& z, V value, Da by_x,
          Db by_y, Dc by_z) {
  const internal::Inside called(name);
  return record(name, internal::unrecorded(name, value, x, y, z),
                wrt(x, internal::every_order(by_x, x, y, z)),
                wrt(y, internal::every_order(by_y, x, y, z)),
                wrt(z, internal::every_order(by_z, x, y, z)));
}

}  // namespace attune
