// Operations of your own: a value, and beside it the derivative. Both are checked by gradcheck,
// which compares with differences. One is written in xtensor's words, one in attune's.
#include <attune/attune.hpp>
#include <attune/op.hpp>
#include <iostream>

using namespace attune;

// x^2 / (1 + x^2): flat far from 0, so that an outlier does not pull. First derivatives only.
Tensor robust_square(const Tensor& x) {
  return elementwise(
      "robust_square", x, [](auto&& v) { return v * v / (1 + v * v); },
      [](auto&& g, auto&& v) { return g * 2 * v / ((1 + v * v) * (1 + v * v)); });
}

// The outer difference of two vectors, x[i] - y[j], squared. Derivatives of every order.
Tensor squared_distances(const Tensor& x, const Tensor& y) {
  const auto difference = [](const Tensor& a, const Tensor& b) {
    return unsqueeze(a, 1) - unsqueeze(b, 0);
  };
  return op(
      "squared_distances", x, y,
      [=](const Tensor& a, const Tensor& b) { return square(difference(a, b)); },
      [=](const Tensor& g, const Tensor& a, const Tensor& b) {
        return sum(g * 2 * difference(a, b), {1});
      },
      [=](const Tensor& g, const Tensor& a, const Tensor& b) {
        return sum(g * -2 * difference(a, b), {0});
      });
}

int main() try {
  Tensor x = tensor({-1.5, 0.25, 2.0}, f64), y = tensor({0.5, -0.75}, f64);
  x.set_requires_grad();
  y.set_requires_grad();

  gradcheck([](std::span<const Tensor> in) { return robust_square(in[0]); }, std::array{x});
  const auto distances = [](std::span<const Tensor> in) { return squared_distances(in[0], in[1]); };
  gradcheck(distances, std::array{x, y});
  gradgradcheck(distances, std::array{x, y});
  std::cout << "derivatives agree with differences\n" << squared_distances(x, y) << '\n';

  const auto gradients = sum(robust_square(x)).backward();
  std::cout << "by x: " << gradients[x] << '\n';
} catch (const Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
