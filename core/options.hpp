// Options as the C tables of rules and initializers declare them: names found, values checked.
#pragma once

#include <attune/options.hpp>
#include <attune/plugin_abi.h>
#include <span>
#include <string_view>

namespace attune::internal {

using OptionTable = std::span<const attune_option* const>;

// True for a name of letters, digits and underscores: of an option, a state or a saved scalar. Such
// names cannot collide with one another where they are joined by other characters.
bool is_word(const char* name);

// What a plugin's table of options must hold. Error (plugin) naming origin, owner and option.
void check_options(std::string_view origin, std::string_view owner, OptionTable table);

OptionInfo describe(const attune_option& option);

// The number of the option called `name`; -1 when there is none.
int find_option(OptionTable table, std::string_view name) noexcept;
// The same; Error (value) naming `owner` and the option meant when there is none.
int option_index(std::string_view owner, OptionTable table, std::string_view name);

// A number against the range and the kind of an option that is no choice; Error (value) as below.
void check_number(std::string_view owner, const attune_option& option, double number);

// A value checked against one declaration, as it crosses the boundary. Error (value) naming owner,
// option, value and range.
double checked_value(std::string_view owner, const attune_option& option, const OptionValue& value);

// Defaults with `given` put in, then `nearer`, each checked. Error (value) with both values when
// one list names an option twice: which was meant cannot be known.
std::vector<double> resolve(std::string_view owner, OptionTable table, const OptionList& given,
                            const OptionList& nearer = {});

}  // namespace attune::internal
