// Functions of one tensor by libtorch, into memory that stays: its allocator would hand pages back
// to the system and fetch them again at each call, which takes longer than the functions.
#include <map>
#include <memory>
#include <torch/types.h>

#include "bench/steps/sizes.hpp"

namespace {

using torch::Tensor;

const std::map<std::string, std::function<void(Tensor&, const Tensor&)>> functions{
    {"exp", [](Tensor& y, const Tensor& x) { at::exp_out(y, x); }},
    {"log", [](Tensor& y, const Tensor& x) { at::log_out(y, x); }},
    {"tanh", [](Tensor& y, const Tensor& x) { at::tanh_out(y, x); }},
    {"sigmoid", [](Tensor& y, const Tensor& x) { at::sigmoid_out(y, x); }},
    {"gelu", [](Tensor& y, const Tensor& x) { at::gelu_out(y, x); }},
    {"silu", [](Tensor& y, const Tensor& x) { at::silu_out(y, x); }},
    {"erf", [](Tensor& y, const Tensor& x) { at::erf_out(y, x); }},
    {"sin", [](Tensor& y, const Tensor& x) { at::sin_out(y, x); }},
    {"cos", [](Tensor& y, const Tensor& x) { at::cos_out(y, x); }},
    {"pow", [](Tensor& y, const Tensor& x) { at::pow_out(y, x, bench::unary_exponent); }},
    {"atan", [](Tensor& y, const Tensor& x) { at::atan_out(y, x); }}};

const bench::Registered registered(bench::functions_of_one([](const std::string& name,
                                                              const std::vector<float>& values) {
  auto y = std::make_shared<Tensor>(torch::zeros({bench::unary_rows, bench::unary_columns}));
  return bench::Step{
      [=, function = functions.at(name),
       x = torch::tensor(values).reshape({bench::unary_rows, bench::unary_columns})] {
        const torch::InferenceMode values_only;
        function(*y, x);
      },
      [y] {
        std::vector<double> result;
        bench::append_sums({y->data_ptr<float>(), static_cast<std::size_t>(y->numel())}, result);
        return result;
      }};
}));

}  // namespace
