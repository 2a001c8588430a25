// Products of matrices, row-major: the shapes of a table, and many at random.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/steps/step.hpp"

namespace bench {

// c = a b.
struct Product {
  std::int64_t m, n, k;

  template <class T>
  std::vector<T> a() const {
    return values<T>(1, m * k);
  }
  template <class T>
  std::vector<T> b() const {
    return values<T>(2, k * n);
  }

 private:
  template <class T>
  static std::vector<T> values(std::uint64_t seed, std::int64_t count) {
    const std::vector<float> drawn = numbers(seed, static_cast<std::size_t>(count), 0, 1);
    return {drawn.begin(), drawn.end()};
  }
};

// Steps, a network's layers, and the shapes whose overhead is most of the time.
inline std::vector<Product> table_of_products() {
  return {{64, 64, 64},       {64, 128, 784},     {128, 256, 256}, {256, 256, 256}, {512, 512, 512},
          {1024, 1024, 1024}, {2048, 2048, 2048}, {64, 5, 2},      {64, 1, 5},      {128, 10, 512}};
}

// Sizes of 1 to 1024 whose logarithms are uniform.
inline std::vector<Product> random_products() {
  constexpr std::size_t count = 200;
  const std::vector<float> drawn = numbers(7, 3 * count, 0, 10);
  const auto size = [&](std::size_t i) {
    return static_cast<std::int64_t>(std::lround(std::exp2(drawn[i])));
  };
  std::vector<Product> products;
  for (std::size_t i = 0; i < count; ++i)
    products.push_back({size(3 * i), size(3 * i + 1), size(3 * i + 2)});
  return products;
}

// `prepare` takes a Product and returns a Step; T is the type of the elements.
template <class T, class Prepare>
Work work_of(const std::string& family, const Product& product, const Prepare& prepare) {
  const auto [m, n, k] = product;
  const bool doubles = sizeof(T) == 8;
  const bool large = m >= 256 && n >= 256 && k >= 256;
  return {
      .name = family + "/" + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k),
      .calls = 1,
      .bound = doubles ? 1e-13 : 1e-5,
      .flops = 2.0 * static_cast<double>(m * n * k),
      .prepare = [prepare, product] { return prepare(product); },
      .doubles = doubles,
      .bars = {.scaling = large ? 1.85 : 0}};
}

template <class T, class Prepare>
std::vector<Work> products(const std::string& family, const Prepare& prepare) {
  std::vector<Work> all;
  for (const Product& product : table_of_products())
    all.push_back(work_of<T>(family, product, prepare));
  return all;
}

// The table and the random ones, whose ratios count together.
template <class T, class Prepare>
std::vector<Work> set_of_products(const std::string& family, const Prepare& prepare) {
  std::vector<Product> set = table_of_products();
  for (const Product& product : random_products()) set.push_back(product);
  std::vector<Work> all;
  for (const Product& product : set) {
    Work work = work_of<T>(family, product, prepare);
    work.together = true;
    work.bars = {.mean = 1, .low = 0.9};
    all.push_back(std::move(work));
  }
  return all;
}

// Products of a network's layers and their derivatives whose operands are not in a core's own
// cache: sets of them in turn, 32 MB together. In a training step a product finds its operands so;
// one that is repeated alone finds them near.
inline std::vector<Product> far_table() {
  return {{1024, 128, 128}, {1024, 384, 128}, {1024, 128, 512},
          {128, 512, 1024}, {128, 784, 256},  {512, 512, 512}};
}

template <class T, class Prepare>
std::vector<Work> far_products(const std::string& family, const Prepare& prepare) {
  std::vector<Work> all;
  for (const Product& product : far_table()) {
    const auto [m, n, k] = product;
    const std::int64_t sets = (32 << 20) / ((m * n + n * k + m * k) * std::int64_t{sizeof(T)}) + 1;
    Work work = work_of<T>(family, product, prepare);
    work.bars = {};
    work.prepare = [=] {
      const auto steps = std::make_shared<std::vector<Step>>();
      for (std::int64_t i = 0; i < sets; ++i) steps->push_back(prepare(product));
      const auto next = std::make_shared<std::size_t>(0);
      return Step{[=] { (*steps)[(*next)++ % steps->size()].once(); }, steps->front().result};
    };
    all.push_back(std::move(work));
  }
  return all;
}

}  // namespace bench
