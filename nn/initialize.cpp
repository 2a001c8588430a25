// From a name to the values of parameters.
#include "attune/initialize.hpp"

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/format.hpp"
#include "core/host.hpp"
#include "core/impl.hpp"
#include "core/options.hpp"
#include "core/random.hpp"
#include "nn/initializers.hpp"
#include "nn/values.hpp"

namespace attune {

using internal::fail;

namespace internal {

Registry<const attune_initializer*>& initializer_registry() {
  // Never destroyed: threads and plugins may ask while the process ends.
  static auto& registry = *new Registry<const attune_initializer*>("initializer");
  return registry;
}

const attune_host* host_of_initializers() noexcept { return plugin_host(); }

void check_initializers(const std::string& origin,
                        std::span<const attune_initializer* const> tables) {
  const auto& registry = initializer_registry();
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const attune_initializer* const table = tables[i];
    if (!table || table->struct_size < sizeof(attune_initializer) || !table->name ||
        !*table->name || !table->fill) {
      fail(ErrorKind::plugin, origin, "initializer number {} of its table is incomplete", i);
    }
    const std::string_view name = table->name;
    if (!is_word(table->name)) {
      fail(ErrorKind::plugin, origin,
           "an initializer is called \"{}\": letters, digits and _ make a name", name);
    }
    check_options(origin, name, {table->options, table->n_options});
    for (const attune_initializer* const earlier : tables.first(i)) {
      if (earlier->name == name) {
        fail(ErrorKind::plugin, origin, "it holds two initializers called {}", name);
      }
    }
    if (registry.find(name)) {
      fail(ErrorKind::plugin, origin,
           "the initializer name {} is taken by {}: rename the initializer", name,
           registry.origin(name));
    }
  }
}

void add_initializer(const attune_initializer& table, std::string origin) {
  const attune_initializer* const tables[] = {&table};
  check_initializers(origin, tables);
  initializer_registry().add(table.name, &table, std::move(origin));
}

}  // namespace internal

namespace {

// "init" in front of the parameter's number: no stream that a program is likely to open.
constexpr std::uint64_t streams = std::uint64_t{0x696E6974} << 32;

// An initializer with its options.
struct Chosen {
  Chosen(std::string_view name, const OptionList& given)
      : table(*internal::initializer_registry().at(name)),
        who(fmt::format("initializer {}", name)),
        origin(internal::from_plugin(internal::initializer_registry().origin(name))),
        options(internal::resolve(who, {table.options, table.n_options}, given)) {
    if (!table.validate) return;
    internal::call_plugin([&] { return table.validate(options.data()); },
                          [&] { return who + origin; });
  }

  const attune_initializer& table;
  std::string who, origin;
  std::vector<double> options;
};

Tensor filled(const Chosen& chosen, const ParamHandle& param, attune_key key,
              NumpyLegacy* generator) {
  Tensor values = internal::empty_tensor("initialize", param.tensor.shape(), param.tensor.dtype());
  // What `fill` leaves out is then found, instead of being what the memory last held.
  internal::fill(values, std::numeric_limits<double>::quiet_NaN());
  attune_fill request{};
  request.struct_size = sizeof request;
  request.role = static_cast<std::uint32_t>(param.role);
  request.dtype = values.dtype() == f64 ? ATTUNE_F64 : ATTUNE_F32;
  request.rank = static_cast<std::uint32_t>(values.dim());
  request.name = param.path.c_str();
  request.shape = values.shape().data();
  request.count = values.numel();
  request.fan_in = param.fan_in;
  request.fan_out = param.fan_out;
  request.data = values.impl()->data;
  request.options = chosen.options.data();
  request.key = key;

  const std::string who = fmt::format("{} on {}{}", chosen.who, param.path, chosen.origin);
  const auto fill = [&] {
    if (!generator) return chosen.table.fill(&request);
    const internal::LegacyDraws draws(*generator);
    const std::int32_t code = chosen.table.fill(&request);
    if (!draws.refused()) return code;
    internal::take_failure();
    fail(ErrorKind::value, who,
         "under numpy_legacy an initializer draws each element once and in order, and this one "
         "does not: use Rng::philox");
  };
  internal::call_plugin(fill, [&] { return who; });
  if (!internal::all_finite(values)) {
    fail(ErrorKind::numeric, who,
         "a value was left unset or is NaN or infinite: check the options{}",
         param.fan_in == 0 ? " and the shape" : "");
  }
  return values;
}

bool serves(const attune_initializer& table, Role role) {
  if (table.roles == 0) return role == Role::weight || role == Role::other;
  return (table.roles >> static_cast<int>(role) & 1) != 0;
}

}  // namespace

void initialize(const Params& params, std::string_view initializer, const InitializeOptions& how,
                const OptionList& options) {
  const Chosen chosen(initializer, options);
  const Chosen zeros("zeros", {}), ones("ones", {}), normal("normal", {{"std", 1}});
  const auto choice = [&](Role role) -> const Chosen& {
    if (how.every_role || serves(chosen.table, role)) return chosen;
    return role == Role::bias ? zeros : role == Role::scale ? ones : normal;
  };

  std::optional<NumpyLegacy> generator;
  std::uint64_t seed = how.seed.value_or(0);
  if (how.rng == Rng::numpy_legacy) {
    if (!how.seed || seed > UINT32_MAX) {
      fail(ErrorKind::value, "initialize", "numpy_legacy needs a seed below 2^32{}",
           how.seed ? fmt::format(", not {}", seed) : "");
    }
    generator.emplace(static_cast<std::uint32_t>(seed));
  } else if (!how.seed) {
    seed = internal::random_bits(internal::next_draw(), 0);
  }

  std::vector<Tensor> values;
  for (const ParamHandle& param : params) {
    values.push_back(filled(choice(param.role), param, {seed, streams + values.size()},
                            generator ? &*generator : nullptr));
  }
  for (std::size_t i = 0; i < params.size(); ++i) {
    const Tensor& tensor = params[i].tensor;
    if (tensor.has_values())
      internal::set_elements("initialize", tensor, values[i]);
    else
      internal::take_elements("initialize", tensor, std::move(values[i]));
  }
}

std::vector<std::string> initializers() { return internal::initializer_registry().names(); }

InitializerInfo initializer_info(std::string_view name) {
  const Registry<const attune_initializer*>& registry = internal::initializer_registry();
  const attune_initializer& table = *registry.at(name);
  InitializerInfo info{table.name, table.cite ? table.cite : "", registry.origin(name), {}};
  for (std::uint32_t i = 0; i < table.n_options; ++i) {
    info.options.push_back(internal::describe(*table.options[i]));
  }
  return info;
}

}  // namespace attune
