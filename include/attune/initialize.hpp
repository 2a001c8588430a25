// Initial values of parameters, by the name of an initializer. How to write one:
// <attune/initializer.hpp>.
//
//   initialize(params(model), "he_normal", {.seed = 1});
//   initialize(params(model), "normal", {.seed = 1}, {{"std", 10}});
//
// Layer: nn.
#pragma once

#include <attune/export.hpp>
#include <attune/options.hpp>
#include <attune/params.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct attune_initializer;  // <attune/plugin_abi.h>
struct attune_host;

namespace attune {

// Where the random numbers come from.
enum class Rng {
  philox,       // keyed by (seed, number of the parameter, element): any order, any thread
  numpy_legacy  // np.random.seed(seed), drawn through the parameters one after the other
};

struct InitializeOptions {
  std::optional<std::uint64_t> seed = {};  // default: one draw of the current random stream
  Rng rng = Rng::philox;                   // numpy_legacy needs a seed below 2^32
  bool every_role = false;                 // biases and scales too, see below
};

// Gives every parameter its values: weights those of the initializer; biases 0, scales 1,
// embeddings standard normal, unless the initializer says that it serves these roles itself (zeros,
// ones, constant, uniform, normal and truncated_normal serve embeddings) or every_role is set.
// Values are a function of seed, number of the parameter in the list, shape and fans alone: the
// same bits on every machine. Memory and identity are kept. When an error is thrown no parameter
// has changed. Errors: value for an unknown name or option, a value out of range, an initializer
// that does not fit a parameter; numeric when it yields a NaN or an infinity or leaves an element
// unset; plugin, or the kind that the initializer gave, when it fails; state when the random stream
// is missing.
ATTUNE_API void initialize(const Params& params, std::string_view initializer,
                           const InitializeOptions& how = {}, const OptionList& options = {});

// What is known of an initializer.
struct InitializerInfo {
  std::string name, cite, origin;  // origin: "attune", or the plugin's path
  std::vector<OptionInfo> options;
};
// All names, sorted.
ATTUNE_API std::vector<std::string> initializers();
// Error (value) for an unknown name, with the one that was meant.
ATTUNE_API InitializerInfo initializer_info(std::string_view name);

namespace internal {

template <class I>
struct InitializerTable;
template <class I>
struct HostOf;
ATTUNE_API const attune_host* host_of_initializers() noexcept;
ATTUNE_API void add_initializer(const attune_initializer& table, std::string origin);

}  // namespace internal

// Makes an initializer of this program known by its name; a plugin's are made known by loading it.
// Needs <attune/initializer.hpp>. Errors (plugin): the name is taken, by whom; an option that
// breaks its own range.
template <class I>
void register_initializer() {
  internal::HostOf<I>::host = internal::host_of_initializers();
  internal::add_initializer(internal::InitializerTable<I>::table, "this program");
}

}  // namespace attune
