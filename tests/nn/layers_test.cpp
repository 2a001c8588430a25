// Every layer, from one table: names are stable, copies are deep, files bring it back, evaluation
// is safe from many threads. What a layer computes is its operation's matter; the statistics of
// norms are in norm_statistics_test.cpp.
#include <algorithm>
#include <attune/autograd.hpp>
#include <attune/error.hpp>
#include <attune/mode.hpp>
#include <attune/model_io.hpp>
#include <attune/nn.hpp>
#include <attune/ops.hpp>
#include <attune/random.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/nn/expect.hpp"
#include "tools/declared.hpp"

using namespace attune;

namespace {

struct Row {
  const char* name;
  nn::Layer layer;
  Tensor input;
  Shape output;
  std::vector<std::string> paths;  // of parameters, then of buffers
};

Tensor ramp(const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(shape.numel()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::sin(static_cast<float>(7 * i + 1)) + 0.01f * static_cast<float>(i);
  }
  return tensor(values, shape);
}

std::vector<Row> rows() {
  const Tensor flat = ramp({6, 4}), images = ramp({3, 2, 6, 6});
  const std::vector<std::string> norm = {"scale", "shift", "running_mean", "running_variance"};
  return {
      {"Linear", nn::Linear{4, 3}, flat, {6, 3}, {"weight", "bias"}},
      {"Linear without bias", nn::Linear{.in = 4, .out = 3, .bias = {}}, flat, {6, 3}, {"weight"}},
      {"Embedding", nn::Embedding{5, 3}, tensor({{0, 4}, {2, 2}}), {2, 2, 3}, {"weight"}},
      {"BatchNorm1d", nn::BatchNorm1d{4}, flat, {6, 4}, norm},
      {"BatchNorm2d", nn::BatchNorm2d{2}, images, {3, 2, 6, 6}, norm},
      {"Conv2d", nn::Conv2d{2, 4, 3}, images, {3, 4, 4, 4}, {"weight", "bias"}},
      {"Conv2d with all options",
       nn::Conv2d{.in = 2,
                  .out = 4,
                  .kernel = {3, 2},
                  .stride = 2,
                  .padding = 1,
                  .dilation = {2, 1},
                  .groups = 2,
                  .bias = {}},
       images,
       {3, 4, 2, 4},
       {"weight"}},
      {"Conv1d", nn::Conv1d{2, 4, 3}, ramp({3, 2, 6}), {3, 4, 4}, {"weight", "bias"}},
      {"Conv1d with all options",
       nn::Conv1d{.in = 2,
                  .out = 4,
                  .kernel = 2,
                  .stride = 2,
                  .padding = {1, 0},
                  .dilation = 2,
                  .groups = 2,
                  .bias = {}},
       ramp({3, 2, 6}),
       {3, 4, 3},
       {"weight"}},
      {"ConvTranspose2d",
       nn::ConvTranspose2d{2, 4, 2, 2},
       images,
       {3, 4, 12, 12},
       {"weight", "bias"}},
      {"ConvTranspose2d with all options",
       nn::ConvTranspose2d{.in = 2,
                           .out = 4,
                           .kernel = {3, 2},
                           .stride = 2,
                           .padding = 1,
                           .output_padding = {0, 1},
                           .dilation = {2, 1},
                           .groups = 2,
                           .bias = {}},
       images,
       {3, 4, 13, 11},
       {"weight"}},
      {"MaxPool2d", nn::MaxPool2d{2}, images, {3, 2, 3, 3}, {}},
      {"AvgPool2d", nn::AvgPool2d{.kernel = 3, .stride = 1}, images, {3, 2, 4, 4}, {}},
      {"AdaptiveAvgPool2d", nn::AdaptiveAvgPool2d{2}, images, {3, 2, 2, 2}, {}},
      {"LayerNorm", nn::LayerNorm{{6, 6}}, images, {3, 2, 6, 6}, {"scale", "shift"}},
      {"MultiheadAttention",
       nn::MultiheadAttention{.size = 4, .heads = 2},
       ramp({2, 3, 4}),
       {2, 3, 4},
       {"query.weight", "query.bias", "key.weight", "key.bias", "value.weight", "value.bias",
        "out.weight", "out.bias"}},
      {"MultiheadAttention with all options",
       nn::MultiheadAttention{.size = 4, .heads = 4, .causal = true, .dropout = 0.1, .bias = false},
       flat,
       {6, 4},
       {"query.weight", "key.weight", "value.weight", "out.weight"}},
      {"Flatten", nn::Flatten{}, images, {3, 72}, {}},
      {"Dropout", nn::Dropout{0.5}, flat, {6, 4}, {}},
      {"FeatureDropout", nn::FeatureDropout{0.5}, images, {3, 2, 6, 6}, {}},
      {"ReLU", nn::ReLU{}, flat, {6, 4}, {}},
      {"ReLU6", nn::ReLU6{}, flat, {6, 4}, {}},
      {"LeakyReLU", nn::LeakyReLU{}, flat, {6, 4}, {}},
      {"ELU", nn::ELU{}, flat, {6, 4}, {}},
      {"SELU", nn::SELU{}, flat, {6, 4}, {}},
      {"GELU", nn::GELU{}, flat, {6, 4}, {}},
      {"SiLU", nn::SiLU{}, flat, {6, 4}, {}},
      {"Mish", nn::Mish{}, flat, {6, 4}, {}},
      {"Softplus", nn::Softplus{}, flat, {6, 4}, {}},
      {"Tanh", nn::Tanh{}, flat, {6, 4}, {}},
      {"Sigmoid", nn::Sigmoid{}, flat, {6, 4}, {}},
      {"Hardswish", nn::Hardswish{}, flat, {6, 4}, {}},
      {"Hardsigmoid", nn::Hardsigmoid{}, flat, {6, 4}, {}},
      {"Hardtanh", nn::Hardtanh{}, flat, {6, 4}, {}},
      {"LogSigmoid", nn::LogSigmoid{}, flat, {6, 4}, {}},
      {"Softsign", nn::Softsign{}, flat, {6, 4}, {}},
      {"GLU", nn::GLU{}, flat, {6, 2}, {}},
      {"Softmax", nn::Softmax{}, flat, {6, 4}, {}},
      {"LogSoftmax", nn::LogSoftmax{}, flat, {6, 4}, {}},
      {"Sequential",
       nn::Sequential{nn::Linear{4, 2}, nn::Tanh{}},
       flat,
       {6, 2},
       {"0.weight", "0.bias"}},
  };
}

template <class F>
void for_each_layer(F&& check) {
  for (Row& row : rows()) {
    BOOST_TEST_CONTEXT(row.name) {
      initialize(params(row.layer), "uniform", {.seed = 1});
      const Random scope{1};
      check(row);
    }
  }
}

bool same(const Tensor& a, const Tensor& b) {
  const auto x = a.detach().contiguous(), y = b.detach().contiguous();
  const auto p = x.values<float>(), q = y.values<float>();
  return std::equal(p.begin(), p.end(), q.begin(), q.end());
}

Tensor evaluated(const nn::Layer& layer, const Tensor& x) {
  const Evaluation guard;
  return layer(x);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layers_test)

BOOST_AUTO_TEST_CASE(every_layer_has_a_row) {
  std::set<std::string> shown;
  for (const Row& row : rows()) {
    const std::string_view name = row.name;
    shown.insert(std::string(name.substr(0, name.find(' '))));
  }
  for (const tools::Declared& layer : tools::declared_layers()) {
    if (layer.name == std::string_view("Layer")) continue;  // what holds them
    BOOST_TEST(shown.contains(layer.name), layer.name << " has no row");
  }
}

BOOST_AUTO_TEST_CASE(shapes_and_names_are_stable) {
  for_each_layer([](Row& row) {
    BOOST_TEST((row.layer(row.input).shape() == row.output));
    std::vector<std::string> paths;
    for (const ParamHandle& param : params(row.layer)) paths.push_back(param.path);
    for (const BufferHandle& buffer : buffers(row.layer)) paths.push_back(buffer.path);
    BOOST_TEST(paths == row.paths, boost::test_tools::per_element());
  });
}

BOOST_AUTO_TEST_CASE(every_parameter_gets_a_gradient) {
  for_each_layer([](Row& row) {
    const Params handles = params(row.layer);
    if (handles.empty()) return;
    const Tensor y = row.layer(row.input);
    const Gradients gradients = sum(y * ramp(y.shape())).backward();
    for (const ParamHandle& param : handles)
      BOOST_TEST(gradients.contains(param.tensor), param.path);
  });
}

BOOST_AUTO_TEST_CASE(a_copy_is_deep) {
  for_each_layer([](Row& row) {
    const nn::Layer copy = row.layer;
    const Tensor before = evaluated(copy, row.input);
    for (const ParamHandle& param : params(row.layer)) {
      const NoGrad guard;
      Tensor tensor = param.tensor;
      tensor.fill_(9);
    }
    for (const BufferHandle& buffer : buffers(row.layer)) {
      Tensor tensor = buffer.tensor;
      tensor.fill_(9);
    }
    BOOST_TEST(same(evaluated(copy, row.input), before));
    if (!row.paths.empty()) BOOST_TEST(!same(evaluated(row.layer, row.input), before));
  });
}

BOOST_AUTO_TEST_CASE(files_bring_it_back) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("attune_layer_" + std::to_string(::getpid())))
          .string();
  for_each_layer([&](Row& row) {
    if (row.paths.empty()) {
      expect_error(ErrorKind::state, "no parameter and no buffer", [&] { save(row.layer, path); });
      return;
    }
    row.layer(row.input);  // moves statistics
    save(row.layer, path);
    nn::Layer fresh = row.layer;
    initialize(params(fresh), "zeros", {.every_role = true});
    for (const BufferHandle& buffer : buffers(fresh)) {
      Tensor tensor = buffer.tensor;
      tensor.fill_(9);
    }
    load(fresh, path);
    BOOST_TEST(weights_digest(fresh) == weights_digest(row.layer));
    BOOST_TEST(same(evaluated(fresh, row.input), evaluated(row.layer, row.input)));
  });
  std::filesystem::remove(path);
}

BOOST_AUTO_TEST_CASE(evaluation_is_safe_from_many_threads) {
  for_each_layer([](Row& row) {
    const std::string digest = weights_digest(row.layer);
    const Tensor expected = evaluated(row.layer, row.input);
    std::vector<Tensor> results(4);
    std::vector<std::thread> workers;
    for (Tensor& result : results) {
      workers.emplace_back([&] {
        for (int i = 0; i < 20; ++i) result = evaluated(row.layer, row.input);
      });
    }
    for (std::thread& worker : workers) worker.join();
    for (const Tensor& result : results) BOOST_TEST(same(result, expected));
    BOOST_TEST(weights_digest(row.layer) == digest);
  });
}

BOOST_AUTO_TEST_CASE(a_wrong_rank_is_named) {
  nn::BatchNorm2d norm{2};
  initialize(params(norm), "ones");
  expect_error(ErrorKind::shape, "BatchNorm2d: x has shape [3, 2]", [&] { norm(ones({3, 2})); });
  expect_error(ErrorKind::value, "groups is 0",
               [] { const nn::Conv2d wrong{.in = 2, .out = 2, .groups = 0}; });
  expect_error(ErrorKind::value, "groups is 2",
               [] { const nn::Conv2d wrong{.in = 3, .out = 2, .groups = 2}; });
  expect_error(ErrorKind::value, "heads is 3 and must divide the size 4",
               [] { const nn::MultiheadAttention wrong{.size = 4, .heads = 3}; });
  const nn::MultiheadAttention attention{.size = 4, .heads = 2, .key_size = 5};
  expect_error(ErrorKind::shape, "keys of shape [1, 3, 4]: expected [..., length, 5]", [&] {
    attention(ones({1, 3, 4}));
  });
  nn::BatchNorm1d flat{2};
  expect_error(ErrorKind::shape, "[n, channels]", [&] { flat(ones({3, 2, 2, 2})); });
}

BOOST_AUTO_TEST_SUITE_END()
