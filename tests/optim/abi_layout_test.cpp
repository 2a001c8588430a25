// The layout of the plugin boundary on 64-bit machines. Nothing runs: compiling it is the test.
// Within a major a line here may be added, never changed; in major 0 a change raises the minor.
#include <attune/plugin_abi.h>
#include <cstddef>

static_assert(ATTUNE_ABI_MAJOR == 0 && ATTUNE_ABI_MINOR == 2);
static_assert(sizeof(void*) == 8);

#define ATTUNE_SIZE(type, bytes) static_assert(sizeof(type) == bytes)
#define ATTUNE_AT(type, field, byte) static_assert(offsetof(type, field) == byte)

ATTUNE_SIZE(attune_option, 88);
ATTUNE_AT(attune_option, struct_size, 0);
ATTUNE_AT(attune_option, kind, 4);
ATTUNE_AT(attune_option, name, 8);
ATTUNE_AT(attune_option, doc, 16);
ATTUNE_AT(attune_option, initial, 24);
ATTUNE_AT(attune_option, low, 32);
ATTUNE_AT(attune_option, high, 40);
ATTUNE_AT(attune_option, open, 48);
ATTUNE_AT(attune_option, scale, 52);
ATTUNE_AT(attune_option, search_low, 56);
ATTUNE_AT(attune_option, search_high, 64);
ATTUNE_AT(attune_option, n_choices, 72);
ATTUNE_AT(attune_option, choices, 80);

ATTUNE_SIZE(attune_state, 40);
ATTUNE_AT(attune_state, struct_size, 0);
ATTUNE_AT(attune_state, shape, 4);
ATTUNE_AT(attune_state, dtype, 8);
ATTUNE_AT(attune_state, init, 12);
ATTUNE_AT(attune_state, name, 16);
ATTUNE_AT(attune_state, value, 24);
ATTUNE_AT(attune_state, option, 32);
ATTUNE_AT(attune_state, history, 36);

ATTUNE_SIZE(attune_scalar, 24);
ATTUNE_AT(attune_scalar, struct_size, 0);
ATTUNE_AT(attune_scalar, reserved, 4);
ATTUNE_AT(attune_scalar, name, 8);
ATTUNE_AT(attune_scalar, initial, 16);

ATTUNE_SIZE(attune_key, 16);
ATTUNE_AT(attune_key, seed, 0);
ATTUNE_AT(attune_key, stream, 8);

ATTUNE_SIZE(attune_step, 168);
ATTUNE_AT(attune_step, struct_size, 0);
ATTUNE_AT(attune_step, group, 4);
ATTUNE_AT(attune_step, t, 8);
ATTUNE_AT(attune_step, options, 16);
ATTUNE_AT(attune_step, saved, 24);
ATTUNE_AT(attune_step, sums, 32);
ATTUNE_AT(attune_step, lr, 40);
ATTUNE_AT(attune_step, lr_max, 48);
ATTUNE_AT(attune_step, loss, 56);
ATTUNE_AT(attune_step, key, 64);
ATTUNE_AT(attune_step, self, 80);
ATTUNE_AT(attune_step, model, 88);
ATTUNE_AT(attune_step, inner, 96);
ATTUNE_AT(attune_step, param, 104);
ATTUNE_AT(attune_step, reserved, 112);

ATTUNE_SIZE(attune_chunk, 80);
ATTUNE_AT(attune_chunk, struct_size, 0);
ATTUNE_AT(attune_chunk, dtype, 4);
ATTUNE_AT(attune_chunk, count, 8);
ATTUNE_AT(attune_chunk, first, 16);
ATTUNE_AT(attune_chunk, tensor, 24);
ATTUNE_AT(attune_chunk, value, 32);
ATTUNE_AT(attune_chunk, gradient, 40);
ATTUNE_AT(attune_chunk, states, 48);
ATTUNE_AT(attune_chunk, key, 56);
ATTUNE_AT(attune_chunk, param, 72);

ATTUNE_SIZE(attune_param, 72);
ATTUNE_AT(attune_param, struct_size, 0);
ATTUNE_AT(attune_param, role, 4);
ATTUNE_AT(attune_param, dtype, 8);
ATTUNE_AT(attune_param, rank, 12);
ATTUNE_AT(attune_param, name, 16);
ATTUNE_AT(attune_param, shape, 24);
ATTUNE_AT(attune_param, count, 32);
ATTUNE_AT(attune_param, tensor, 40);
ATTUNE_AT(attune_param, value, 48);
ATTUNE_AT(attune_param, gradient, 56);
ATTUNE_AT(attune_param, states, 64);

ATTUNE_SIZE(attune_rule, 216);
ATTUNE_AT(attune_rule, struct_size, 0);
ATTUNE_AT(attune_rule, version, 4);
ATTUNE_AT(attune_rule, name, 8);
ATTUNE_AT(attune_rule, cite, 16);
ATTUNE_AT(attune_rule, needs, 24);
ATTUNE_AT(attune_rule, roles, 32);
ATTUNE_AT(attune_rule, chunk_multiple, 40);
ATTUNE_AT(attune_rule, n_options, 44);
ATTUNE_AT(attune_rule, n_states, 48);
ATTUNE_AT(attune_rule, n_saved, 52);
ATTUNE_AT(attune_rule, n_sums, 56);
ATTUNE_AT(attune_rule, step_align, 60);
ATTUNE_AT(attune_rule, step_bytes, 64);
ATTUNE_AT(attune_rule, options, 72);
ATTUNE_AT(attune_rule, states, 80);
ATTUNE_AT(attune_rule, saved, 88);
ATTUNE_AT(attune_rule, create, 96);
ATTUNE_AT(attune_rule, destroy, 104);
ATTUNE_AT(attune_rule, validate, 112);
ATTUNE_AT(attune_rule, state_active, 120);
ATTUNE_AT(attune_rule, state_count, 128);
ATTUNE_AT(attune_rule, state_init, 136);
ATTUNE_AT(attune_rule, prepare, 144);
ATTUNE_AT(attune_rule, update, 152);
ATTUNE_AT(attune_rule, prepare_reduce, 160);
ATTUNE_AT(attune_rule, reduce, 168);
ATTUNE_AT(attune_rule, combine, 176);
ATTUNE_AT(attune_rule, matrix, 184);
ATTUNE_AT(attune_rule, drive, 192);
ATTUNE_AT(attune_rule, eval_view, 200);
ATTUNE_AT(attune_rule, inner, 208);

ATTUNE_SIZE(attune_fill, 120);
ATTUNE_AT(attune_fill, struct_size, 0);
ATTUNE_AT(attune_fill, role, 4);
ATTUNE_AT(attune_fill, dtype, 8);
ATTUNE_AT(attune_fill, rank, 12);
ATTUNE_AT(attune_fill, name, 16);
ATTUNE_AT(attune_fill, shape, 24);
ATTUNE_AT(attune_fill, count, 32);
ATTUNE_AT(attune_fill, fan_in, 40);
ATTUNE_AT(attune_fill, fan_out, 48);
ATTUNE_AT(attune_fill, data, 56);
ATTUNE_AT(attune_fill, options, 64);
ATTUNE_AT(attune_fill, key, 72);
ATTUNE_AT(attune_fill, reserved, 88);

ATTUNE_SIZE(attune_initializer, 64);
ATTUNE_AT(attune_initializer, struct_size, 0);
ATTUNE_AT(attune_initializer, version, 4);
ATTUNE_AT(attune_initializer, name, 8);
ATTUNE_AT(attune_initializer, cite, 16);
ATTUNE_AT(attune_initializer, roles, 24);
ATTUNE_AT(attune_initializer, n_options, 32);
ATTUNE_AT(attune_initializer, options, 40);
ATTUNE_AT(attune_initializer, validate, 48);
ATTUNE_AT(attune_initializer, fill, 56);

ATTUNE_SIZE(attune_host, 112);
ATTUNE_AT(attune_host, struct_size, 0);
ATTUNE_AT(attune_host, abi_major, 4);
ATTUNE_AT(attune_host, abi_minor, 8);
ATTUNE_AT(attune_host, reserved, 12);
ATTUNE_AT(attune_host, offers, 16);
ATTUNE_AT(attune_host, fail, 24);
ATTUNE_AT(attune_host, log_scalar, 32);
ATTUNE_AT(attune_host, uniform, 40);
ATTUNE_AT(attune_host, normal, 48);
ATTUNE_AT(attune_host, gemm, 56);
ATTUNE_AT(attune_host, eigh, 64);
ATTUNE_AT(attune_host, qr, 72);
ATTUNE_AT(attune_host, svd, 80);
ATTUNE_AT(attune_host, reevaluate, 88);
ATTUNE_AT(attune_host, hessian_product, 96);
ATTUNE_AT(attune_host, inner_step, 104);

ATTUNE_SIZE(attune_plugin, 48);
ATTUNE_AT(attune_plugin, struct_size, 0);
ATTUNE_AT(attune_plugin, abi_major, 4);
ATTUNE_AT(attune_plugin, abi_minor, 8);
ATTUNE_AT(attune_plugin, reserved, 12);
ATTUNE_AT(attune_plugin, build, 16);
ATTUNE_AT(attune_plugin, n_rules, 24);
ATTUNE_AT(attune_plugin, n_initializers, 28);
ATTUNE_AT(attune_plugin, rules, 32);
ATTUNE_AT(attune_plugin, initializers, 40);
