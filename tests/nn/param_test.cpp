// What the design says of parameters and buffers, a test a sentence.
#include <attune/autograd.hpp>
#include <attune/initialize.hpp>
#include <attune/model.hpp>
#include <attune/nn/linear.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>
#include <type_traits>
#include <vector>

#include "core/impl.hpp"
#include "tests/nn/expect.hpp"

using namespace attune;

namespace {

struct Net {
  nn::Linear hidden{3, 4}, out{4, 2};
  Buffer mean = Buffer::full({3}, 0.5);
  Tensor operator()(const Tensor& x) const { return out(relu(hidden(x - mean))); }
};

Net ready(std::uint64_t seed = 1) {
  Net net;
  initialize(params(net), "he_normal", {.seed = seed});
  return net;
}

bool same_values(const Tensor& a, const Tensor& b) {
  const auto x = a.detach().values<float>(), y = b.detach().values<float>();
  return std::equal(x.begin(), x.end(), y.begin(), y.end());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(param_test)

BOOST_AUTO_TEST_CASE(a_param_knows_role_and_fans) {
  const Param weight = Param::weight({256, 784});
  BOOST_TEST((weight.role() == Role::weight));
  BOOST_TEST(weight.fan_in() == 784);
  BOOST_TEST(weight.fan_out() == 256);
  const Param kernel = Param::weight({64, 8, 3, 5});  // 64 outputs, 32 inputs in 4 groups
  BOOST_TEST(kernel.fan_in() == 8 * 3 * 5);
  BOOST_TEST(kernel.fan_out() == 64 * 3 * 5);
  BOOST_TEST((Param::bias({4}).role() == Role::bias));
  BOOST_TEST((Param::scale({4}).role() == Role::scale));
  BOOST_TEST((Param::embedding({4, 2}).role() == Role::embedding));
  BOOST_TEST(Param::weight({7}).fan_in() == 7);
  BOOST_TEST(Param::weight({7}).fan_out() == 1);
  expect_error(ErrorKind::shape, "negative", [] { Param::weight({-1, 2}); });
}

BOOST_AUTO_TEST_CASE(copy_construction_makes_identity_and_memory) {
  const Net net = ready();
  const Net copy = net;
  const Params a = params(net), b = params(copy);
  BOOST_REQUIRE(a.size() == b.size());
  const Gradients gradients = sum(net(ones({2, 3}))).backward();
  for (std::size_t i = 0; i < a.size(); ++i) {
    BOOST_TEST(!a[i].tensor.shares_storage(b[i].tensor));
    BOOST_TEST(same_values(a[i].tensor, b[i].tensor));
    BOOST_TEST(gradients.contains(a[i].tensor));
    BOOST_TEST(!gradients.contains(b[i].tensor));
    BOOST_TEST(b[i].tensor.requires_grad());
  }
  BOOST_TEST(!net.mean.tensor().shares_storage(copy.mean));
  const Net without;
  const Net copy_without = without;
  BOOST_TEST(!copy_without.hidden.weight.has_values());
}

BOOST_AUTO_TEST_CASE(copy_assignment_keeps_identity_and_memory) {
  Net net = ready(1);
  const Net best = ready(2);
  const Params handles = params(net);
  std::vector<const float*> places;
  for (const ParamHandle& param : handles) places.push_back(param.tensor.data<float>());
  net = best;
  const Params after = params(net), source = params(best);
  const Gradients gradients = sum(net(ones({2, 3}))).backward();
  for (std::size_t i = 0; i < handles.size(); ++i) {
    BOOST_TEST(after[i].tensor.data<float>() == places[i]);
    BOOST_TEST(gradients.contains(handles[i].tensor));
    BOOST_TEST(same_values(handles[i].tensor, source[i].tensor));
    BOOST_TEST(!handles[i].tensor.shares_storage(source[i].tensor));
  }
  net.hidden.weight = std::as_const(net.hidden.weight);
  BOOST_TEST(same_values(net.hidden.weight, best.hidden.weight));
}

BOOST_AUTO_TEST_CASE(assignment_of_another_shape_or_type_is_refused) {
  Param target = Param::weight({2, 3});
  const Param wide = Param::weight({2, 4});
  expect_error(ErrorKind::shape, "[2, 3]", [&] { target = wide; });
  expect_error(ErrorKind::shape, "[2, 4]", [&] { target = wide; });
  Net net = ready(), other = ready();
  to(other, f64);
  expect_error(ErrorKind::dtype, "hidden.weight", [&] { net = other; });
}

BOOST_AUTO_TEST_CASE(a_source_without_values_takes_them_away) {
  Net net = ready();
  const Params handles = params(net);
  const Net fresh;
  net = fresh;
  BOOST_TEST(!net.hidden.weight.has_values());
  BOOST_TEST(!handles[0].tensor.has_values());
  net = ready();  // moved: another identity, with values
  BOOST_TEST(net.hidden.weight.has_values());
  Net again;
  const Params live = params(again);
  const Net source = ready();
  again = source;
  BOOST_TEST(same_values(live[0].tensor, source.hidden.weight));
}

BOOST_AUTO_TEST_CASE(an_assignment_is_noticed_by_a_backward_that_needs_the_old_values) {
  Net net = ready(1);
  const Net best = ready(2);
  const Tensor loss = sum(net(ones({2, 3})));
  net = best;
  expect_error(ErrorKind::state, "assignment", [&] { loss.backward(); });
  const Tensor second = sum(net(ones({2, 3})));
  to(net, f64);
  expect_error(ErrorKind::state, "overwritten by to", [&] { second.backward(); });
}

BOOST_AUTO_TEST_CASE(moves_carry_the_identity_and_are_noexcept) {
  static_assert(std::is_nothrow_move_constructible_v<Param>);
  static_assert(std::is_nothrow_move_assignable_v<Param>);
  static_assert(std::is_nothrow_move_constructible_v<Buffer>);
  static_assert(std::is_nothrow_move_assignable_v<Buffer>);
  static_assert(std::is_nothrow_move_constructible_v<Net>);
  std::vector<nn::Linear> layers;
  layers.push_back(nn::Linear{2, 2});
  const Tensor before = layers[0].weight.tensor();
  for (int i = 0; i < 20; ++i) layers.push_back(nn::Linear{2, 2});  // grows several times
  BOOST_TEST(layers[0].weight.tensor().impl() == before.impl());
}

BOOST_AUTO_TEST_CASE(what_was_moved_from_is_no_model) {
  Net net = ready(), other = ready(2);
  const Net best = std::move(net);
  const std::string before = weights_digest(other);
  expect_error(ErrorKind::state, "hidden.weight was moved from", [&] { params(net); });
  expect_error(ErrorKind::state, "hidden.weight was moved from", [&] { weights_digest(net); });
  expect_error(ErrorKind::state, "moved from", [&] { Net copy = net; });
  expect_error(ErrorKind::state, "moved from", [&] { other = net; });
  BOOST_TEST(weights_digest(other) == before);
  Buffer mean = Buffer::full({2}, 1), taken = std::move(mean);
  expect_error(ErrorKind::state, "moved from", [&] { taken = mean; });
  net = best;  // the place is as good as new
  BOOST_TEST(weights_digest(net) == weights_digest(best));
  net.out.bias = Param{};
  const Net without = std::move(net);  // none on purpose stays none
  BOOST_TEST(params(without).size() == 3u);
  BOOST_TEST(!net.out.bias.moved());
}

BOOST_AUTO_TEST_CASE(handles_see_the_same_memory) {
  Net net = ready();
  Params handles = params(net);
  BOOST_TEST(handles[0].path == "hidden.weight");
  BOOST_TEST(handles[0].fan_in == 3);
  BOOST_TEST((handles[1].role == Role::bias));
  {
    const NoGrad guard;
    handles[0].tensor.fill_(7);
  }
  BOOST_TEST(net.hidden.weight.tensor().detach().values<float>()[5] == 7);
}

BOOST_AUTO_TEST_CASE(without_values_a_model_can_be_looked_at_but_not_called) {
  Net net;
  BOOST_TEST(params(net).size() == 4u);
  BOOST_TEST(parameter_count(net) == 3 * 4 + 4 + 4 * 2 + 2);
  BOOST_TEST(summary(net).find("hidden.weight") != std::string::npos);
  expect_error(ErrorKind::state, "hidden.weight has no values yet: call initialize", [&] {
    net(ones({2, 3}));
  });
  expect_error(ErrorKind::state, "hidden.weight, hidden.bias, out.weight, out.bias have no values",
               [&] { weights_digest(net); });
  initialize(params(net), "zeros");
  net(ones({2, 3}));
}

BOOST_AUTO_TEST_CASE(conversion_is_in_place) {
  Net net = ready();
  const Params handles = params(net);
  const Tensor old = net.hidden.weight.tensor().clone();
  to(net, f64);
  BOOST_TEST((net.hidden.weight.dtype() == f64));
  BOOST_TEST((handles[0].tensor.dtype() == f64));
  BOOST_TEST((net.mean.tensor().dtype() == f64));
  BOOST_TEST(handles[0].tensor.detach().values<double>()[3] == old.detach().values<float>()[3]);
  const Gradients gradients = sum(net(ones({2, 3}, f64))).backward();
  BOOST_TEST(gradients.contains(handles[0].tensor));
  BOOST_TEST((gradients[handles[0].tensor].dtype() == f64));
  expect_error(ErrorKind::dtype, "f32 or f64, not i64", [&] { to(net, i64); });
  Net fresh;
  to(fresh, f64);
  initialize(params(fresh), "he_normal", {.seed = 1});
  BOOST_TEST((fresh.out.bias.dtype() == f64));
}

BOOST_AUTO_TEST_CASE(shared_models_are_on_the_same_parameters) {
  Net net = ready();
  Net twin = share(net);
  const Params a = params(net), b = params(twin);
  for (std::size_t i = 0; i < a.size(); ++i) BOOST_TEST(a[i].tensor.impl() == b[i].tensor.impl());
  BOOST_TEST(!net.mean.tensor().shares_storage(twin.mean));
  Gradients gradients;
  std::thread worker([&] { gradients = sum(twin(ones({2, 3}))).backward(); });
  worker.join();
  BOOST_TEST(gradients.contains(a[0].tensor));
  const Net copy = net;  // sharing ended with share()
  BOOST_TEST(params(copy)[0].tensor.impl() != a[0].tensor.impl());
}

BOOST_AUTO_TEST_CASE(two_fields_are_never_one_parameter) {
  struct Tied {
    nn::Linear encoder{2, 2}, decoder{2, 2};
  };
  Tied tied;
  tied.decoder.weight = tied.encoder.weight;  // a copy of nothing, not a tie
  BOOST_TEST(params(tied).size() == 4u);
  tied.decoder = share(tied.encoder);
  expect_error(ErrorKind::state, "encoder.weight and decoder.weight are one parameter",
               [&] { params(tied); });
}

BOOST_AUTO_TEST_CASE(a_frozen_parameter_stays_frozen_in_copies) {
  Net net = ready();
  for (ParamHandle& param : params(net)) {
    if (param.path == "hidden.weight") param.tensor.set_requires_grad(false);
  }
  const Net copy = net;
  BOOST_TEST(!copy.hidden.weight.tensor().requires_grad());
  BOOST_TEST(copy.out.weight.tensor().requires_grad());
  BOOST_TEST(summary(net).find("12 frozen") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(buffers_copy_as_parameters_do) {
  Buffer target = Buffer::full({2}, 1.0);
  const float* const place = target.tensor().data<float>();
  const Buffer source(tensor({3.0, 4.0}));
  target = source;
  BOOST_TEST(target.tensor().data<float>() == place);
  BOOST_TEST(target.tensor().values<float>()[1] == 4);
  const Buffer wide = Buffer::full({3}, 0.0);
  expect_error(ErrorKind::shape, "[2]", [&] { target = wide; });
  Buffer empty;
  BOOST_TEST(!empty.has_values());
  empty = source;
  BOOST_TEST(empty.tensor().values<float>()[0] == 3);
  const Buffer nothing;
  empty = nothing;
  BOOST_TEST(!empty.has_values());
  BOOST_TEST(!target.tensor().requires_grad());
}

BOOST_AUTO_TEST_CASE(one_thread_at_a_time_writes_a_buffer) {
  struct Holder {
    Buffer mean = Buffer::full({2}, 0.0);
  };
  const Holder holder;
  buffers(holder);
  {
    const Buffer::Writing first("norm", holder.mean);
    expect_error(ErrorKind::state, "both would write mean",
                 [&] { const Buffer::Writing second("norm", holder.mean); });
    const Holder copy = holder;
    const Buffer::Writing other("norm", copy.mean);
  }
  const Buffer::Writing again("norm", holder.mean);
}

BOOST_AUTO_TEST_SUITE_END()
