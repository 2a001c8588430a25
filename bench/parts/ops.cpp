// What an operation costs beside its arithmetic (one element), and the speed of its arithmetic.
#include <attune/autograd.hpp>
#include <attune/mode.hpp>
#include <attune/ops.hpp>
#include <benchmark/benchmark.h>

namespace {

using namespace attune;

void one_element_add(benchmark::State& state) {
  const Tensor a = tensor({1.0}), b = tensor({2.0});
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
}
BENCHMARK(one_element_add);

void one_element_add_number(benchmark::State& state) {
  const Tensor a = tensor({1.0});
  for (auto _ : state) benchmark::DoNotOptimize(a + 2.0);
}
BENCHMARK(one_element_add_number);

void one_element_exp(benchmark::State& state) {
  const Tensor a = tensor({1.0});
  for (auto _ : state) benchmark::DoNotOptimize(exp(a));
}
BENCHMARK(one_element_exp);

void one_element_recorded_mul(benchmark::State& state) {
  Tensor a = tensor({1.0}), b = tensor({2.0});
  a.set_requires_grad();
  b.set_requires_grad();
  for (auto _ : state) benchmark::DoNotOptimize(a * b);
}
BENCHMARK(one_element_recorded_mul);

// 20 operations forward and backward.
void one_element_chain(benchmark::State& state) {
  Tensor x = scalar_tensor(1.0);
  x.set_requires_grad();
  for (auto _ : state) {
    Tensor y = x;
    for (int i = 0; i < 10; ++i) y = y * 0.9 + x;
    benchmark::DoNotOptimize(y.backward());
  }
}
BENCHMARK(one_element_chain);

void make_empty(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(empty({1}));
}
BENCHMARK(make_empty);

template <class Operation>
void per_element(benchmark::State& state, Operation operation) {
  const NoGrad values_only;
  for (auto _ : state) benchmark::DoNotOptimize(operation());
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(0));
}

Tensor square_of(const benchmark::State& state) {
  return arange(0, state.range(0) * state.range(0), 1, f32) / 1e6 + 0.5;
}
Tensor matrix(const benchmark::State& state) {
  return reshape(square_of(state), {state.range(0), state.range(0)});
}

void add_contiguous(benchmark::State& state) {
  per_element(state, [a = matrix(state), b = matrix(state)] { return a + b; });
}
void add_row(benchmark::State& state) {
  per_element(state, [a = matrix(state), b = matrix(state)[0]] { return a + b; });
}
void add_column(benchmark::State& state) {
  per_element(state, [a = matrix(state), b = unsqueeze(matrix(state)[0], 1)] { return a + b; });
}
void add_transposed(benchmark::State& state) {
  per_element(state, [a = matrix(state), b = t(matrix(state))] { return a + b; });
}
void exp_contiguous(benchmark::State& state) {
  per_element(state, [a = matrix(state)] { return exp(a); });
}
void tan_general(benchmark::State& state) {
  per_element(state, [a = matrix(state)] { return tan(a); });
}
void greater_general(benchmark::State& state) {
  per_element(state, [a = matrix(state)] { return gt(a, 1.0); });
}
void where_contiguous(benchmark::State& state) {
  per_element(state,
              [a = matrix(state), flag = gt(matrix(state), 1.0)] { return where(flag, a, 0); });
}
BENCHMARK(add_contiguous)->Arg(100)->Arg(1024)->UseRealTime();
BENCHMARK(add_row)->Arg(1024)->UseRealTime();
BENCHMARK(add_column)->Arg(1024)->UseRealTime();
BENCHMARK(add_transposed)->Arg(1024)->UseRealTime();
BENCHMARK(exp_contiguous)->Arg(1024)->UseRealTime();
BENCHMARK(tan_general)->Arg(1024)->UseRealTime();
BENCHMARK(greater_general)->Arg(1024)->UseRealTime();
BENCHMARK(where_contiguous)->Arg(1024)->UseRealTime();

}  // namespace
