// Options as the C tables of rules and initializers declare them: names found, values checked.
#pragma once

#include <attune/options.hpp>
#include <attune/plugin_abi.h>
#include <span>
#include <string_view>

namespace attune::internal {

using OptionTable = std::span<const attune_option* const>;

// What a plugin's table of options must hold. Error (plugin) naming origin, owner and option.
void check_options(std::string_view origin, std::string_view owner, OptionTable table);

OptionInfo describe(const attune_option& option);

// The number of the option called `name`; -1 when there is none.
int find_option(OptionTable table, std::string_view name) noexcept;
// The same; Error (value) naming `owner` and the option meant when there is none.
int option_index(std::string_view owner, OptionTable table, std::string_view name);

// A value checked against one declaration, as it crosses the boundary. Error (value) naming owner,
// option, value and range.
double checked_value(std::string_view owner, const attune_option& option, const OptionValue& value);

// Defaults with `given` put in, then `nearer`, each checked. Error (value) with both values when
// one list names an option twice: which was meant cannot be known.
std::vector<double> resolve(std::string_view owner, OptionTable table, const OptionList& given,
                            const OptionList& nearer = {});

}  // namespace attune::internal
