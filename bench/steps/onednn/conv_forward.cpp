// Convolutions by oneDNN, in the layouts that it prefers: source and weight are in them before the
// clock runs, the result is turned back afterwards.
#include <dnnl.hpp>
#include <memory>

#include "bench/steps/sizes.hpp"

namespace {

using dnnl::memory;
using Format = memory::format_tag;

memory::desc describe(const memory::dims& sizes, Format format) {
  return {sizes, memory::data_type::f32, format};
}

struct State {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::convolution_forward convolution;
  memory x, weight, y;

  memory prepared(const std::vector<float>& values, const memory::dims& sizes, Format plain,
                  const memory::desc& wanted) {
    memory from(describe(sizes, plain), engine, const_cast<float*>(values.data()));
    memory to(wanted, engine);
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
    return to;
  }
};

const bench::Registered registered(
    bench::convolutions("conv_forward", 1, [](const bench::Convolution& c) {
      auto state = std::make_shared<State>();
      const memory::dims x{c.images, c.in, c.side, c.side};
      const memory::dims y{c.images, c.out, c.out_side(), c.out_side()};
      const bool grouped = c.groups > 1;
      const memory::dims weight =
          grouped ? memory::dims{c.groups, c.out / c.groups, c.in / c.groups, c.kernel, c.kernel}
                  : memory::dims{c.out, c.in, c.kernel, c.kernel};
      const dnnl::convolution_forward::primitive_desc chosen({dnnl::prop_kind::forward_inference,
                                                              dnnl::algorithm::convolution_auto,
                                                              describe(x, Format::any),
                                                              describe(weight, Format::any),
                                                              describe(y, Format::any),
                                                              {c.stride, c.stride},
                                                              {c.padding, c.padding},
                                                              {c.padding, c.padding}},
                                                             state->engine);
      state->convolution = dnnl::convolution_forward(chosen);
      state->x = state->prepared(c.x(), x, Format::nchw, chosen.src_desc());
      state->weight = state->prepared(c.weight(), weight, grouped ? Format::goihw : Format::oihw,
                                      chosen.weights_desc());
      state->y = memory(chosen.dst_desc(), state->engine);
      return bench::Step{
          [state] {
            state->convolution.execute(state->stream, {{DNNL_ARG_SRC, state->x},
                                                       {DNNL_ARG_WEIGHTS, state->weight},
                                                       {DNNL_ARG_DST, state->y}});
            state->stream.wait();
          },
          [state, y] {
            memory plain(describe(y, Format::nchw), state->engine);
            dnnl::reorder(state->y, plain).execute(state->stream, state->y, plain);
            state->stream.wait();
            const auto count = static_cast<std::size_t>(y[0] * y[1] * y[2] * y[3]);
            std::vector<double> result;
            bench::append_sums({static_cast<float*>(plain.get_data_handle()), count}, result);
            return result;
          }};
    }));

}  // namespace
