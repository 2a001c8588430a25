/* The C boundary between attune (the host) and what computes for it: update rules and initializers,
 * linked in or loaded from a shared object. Plain C99: no C++ type and no exception crosses.
 * Authors in C++ do not read this file: <attune/plugin.hpp> fills these tables from a struct.
 * Layer: core.
 *
 * 1. Every struct begins with struct_size, the size its writer knew. Fields are only appended; a
 *    reader checks the size before it reads an appended field.
 * 2. Arrays of structs cross as arrays of pointers, so that a struct may grow.
 * 3. Strings are UTF-8, closed by zero, static. Tables are static; a plugin is never unloaded.
 * 4. Nobody frees the other's memory: parameters, gradients, states, saved scalars and scratch
 *    belong to the host, tables and `self` to the plugin.
 * 5. Functions return ATTUNE_OK or a code below, after host->fail(text). Nothing is thrown.
 * 6. Major 0 may still change between minors: the host takes its own minor only. From major 1 on
 *    the layout is frozen and grows by rule 1. The major stands in the entry's name.
 */
#ifndef ATTUNE_PLUGIN_ABI_H
#define ATTUNE_PLUGIN_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATTUNE_ABI_MAJOR 0u
#define ATTUNE_ABI_MINOR 2u
#define ATTUNE_PLUGIN_ENTRY "attune_plugin_v0"

/* What a function returns; the host's error kind follows from it. */
enum {
  ATTUNE_OK = 0,
  ATTUNE_E_INVALID = 1,     /* an option or argument outside its domain */
  ATTUNE_E_UNSUPPORTED = 2, /* a dtype, shape or role that the entry does not take */
  ATTUNE_E_NUMERIC = 3,     /* no finite result */
  ATTUNE_E_MEMORY = 4,
  ATTUNE_E_INTERNAL = 5 /* anything else, an exception of unknown type included */
};

enum {
  ATTUNE_F32 = 1,
  ATTUNE_F64 = 2,
  ATTUNE_BF16 = 3,
  ATTUNE_F16 = 4,
  ATTUNE_U8 = 5,
  ATTUNE_I64 = 6,
  ATTUNE_AS_PARAM = 100 /* of a state: the parameter's own */
};

/* What a parameter is for. `roles` masks hold 1 << role; an empty mask takes every role. */
enum {
  ATTUNE_ROLE_OTHER = 0,
  ATTUNE_ROLE_WEIGHT = 1,
  ATTUNE_ROLE_BIAS = 2,
  ATTUNE_ROLE_SCALE = 3,
  ATTUNE_ROLE_EMBEDDING = 4
};

/* ---- Options ------------------------------------------------------------------------------------
 * A value crosses as double: an int exactly, a bool as 0 or 1, a choice as its index. */
enum { ATTUNE_REAL = 0, ATTUNE_INT = 1, ATTUNE_BOOL = 2, ATTUNE_CHOICE = 3 };
enum { ATTUNE_LINEAR = 0, ATTUNE_LOG = 1, ATTUNE_LOG_1M = 2 /* log of 1 - x: decay rates */ };
enum { ATTUNE_OPEN_LOW = 1, ATTUNE_OPEN_HIGH = 2 }; /* bounds that are themselves not valid */

typedef struct attune_option {
  uint32_t struct_size;
  uint32_t kind;
  const char *name, *doc;
  double initial;                 /* the default */
  double low, high;               /* valid: beyond is an error. Infinite where unbounded */
  uint32_t open;                  /* ATTUNE_OPEN_* */
  uint32_t scale;                 /* of the search range */
  double search_low, search_high; /* where a search looks: a hint */
  uint32_t n_choices;
  const char* const* choices;
} attune_option;

/* ---- State --------------------------------------------------------------------------------------
 * Shapes; a parameter of more than two axes counts as the matrix (first axis) x (all others). */
enum {
  ATTUNE_SHAPE_PARAM = 0,
  ATTUNE_SHAPE_SCALAR = 1,
  ATTUNE_SHAPE_ROWS = 2,
  ATTUNE_SHAPE_COLUMNS = 3, /* m; n */
  ATTUNE_SHAPE_ROWS_SQUARED = 4,
  ATTUNE_SHAPE_COLUMNS_SQUARED = 5, /* m x m; n x n */
  ATTUNE_SHAPE_HISTORY = 6, /* `history` copies of the parameter; slot t mod history is new */
  ATTUNE_SHAPE_CALLBACK = 7 /* rule->state_count elements */
};
enum {
  ATTUNE_INIT_CONSTANT = 0, /* value */
  ATTUNE_INIT_PARAM = 1,    /* a copy of the parameter */
  ATTUNE_INIT_OPTION = 2,   /* the value of option number `option` */
  ATTUNE_INIT_IDENTITY = 3, /* value times the identity matrix */
  ATTUNE_INIT_CALLBACK = 4  /* rule->state_init */
};

typedef struct attune_state {
  uint32_t struct_size;
  uint32_t shape, dtype, init;
  const char* name; /* the checkpoint's key: never changes */
  double value;
  uint32_t option;
  uint32_t history;
} attune_state;

/* A double per group that the host keeps and saves for the rule. */
typedef struct attune_scalar {
  uint32_t struct_size;
  uint32_t reserved;
  const char* name;
  double initial;
} attune_scalar;

/* ---- Needs --------------------------------------------------------------------------------------
 * Bit numbers of rule->needs and host->offers. A rule whose needs exceed the offers is refused by
 * name when an optimizer is made, never in the middle of training. What the rule's own table shows
 * (a matrix, sums, states that do not start at a constant) counts as needed, announced or not. */
enum {
  ATTUNE_NEED_ELEMENTWISE = 1,      /* update on any contiguous chunk */
  ATTUNE_NEED_STEP_SCALARS = 2,     /* prepare once per step; saved scalars */
  ATTUNE_NEED_STATE_INIT = 3,       /* states that do not start at a constant */
  ATTUNE_NEED_TENSOR_SUMS = 4,      /* reduce, one result per tensor */
  ATTUNE_NEED_GLOBAL_SUMS = 5,      /* reduce, one result over all tensors and groups */
  ATTUNE_NEED_MATRIX = 6,           /* whole tensors, linear algebra, states of other shapes */
  ATTUNE_NEED_ROLES = 7,            /* routing and exclusion by role and group */
  ATTUNE_NEED_REEVALUATION = 8,     /* host->reevaluate within a step */
  ATTUNE_NEED_LOSS = 9,             /* step->loss */
  ATTUNE_NEED_EVAL_VIEW = 10,       /* evaluation weights that differ from the trained ones */
  ATTUNE_NEED_INNER = 11,           /* another rule inside: host->inner_step */
  ATTUNE_NEED_DECAY_MODES = 12,     /* decay by the host in the group's mode */
  ATTUNE_NEED_SCHEDULE = 13,        /* step->lr_max, schedules on any option */
  ATTUNE_NEED_HISTORY = 14,         /* previous gradients or parameters */
  ATTUNE_NEED_HESSIAN_PRODUCT = 15, /* host->hessian_product */
  ATTUNE_NEED_RANDOM = 16,          /* chunk->key, step->key, host->uniform, host->normal */
  ATTUNE_NEED_STATE_DTYPE = 17,     /* states of another dtype; chunk_multiple */
  ATTUNE_NEED_SPARSE = 18,          /* gradients by row */
  ATTUNE_NEED_TENSOR_STEPS = 19,    /* t counted per tensor, missing gradients skipped */
  ATTUNE_NEED_FINITE = 20,          /* steps with a non-finite gradient skipped, t unmoved */
  ATTUNE_NEED_MAXIMIZE = 21,
  ATTUNE_NEED_ACCUMULATION = 22, /* t counts updates, not backward passes */
  ATTUNE_NEED_SLICES = 23,       /* state cut per tensor */
  ATTUNE_NEED_DETERMINISM = 24,  /* same bits for any threads and chunks */
  ATTUNE_NEED_IN_BACKWARD = 25,  /* update as soon as a gradient is ready */
  ATTUNE_NEED_FIGURES = 26,      /* host->log_scalar kept for diagnosis */
  ATTUNE_NEED_BLOB = 27,         /* an opaque blob of weights in the plugin */
  ATTUNE_NEED_LAYER_INPUTS = 28, /* reserved: inputs and output gradients of layers */
  ATTUNE_NEED_DRIVE = 29         /* drive: one call for all parameters */
};
#define ATTUNE_NEED(bit) (UINT64_C(1) << (bit))

/* ---- A step ---------------------------------------------------------------------------------- */

/* Element `first + i` of a stream is a pure function of (key, draw, first + i). */
typedef struct attune_key {
  uint64_t seed, stream;
} attune_key;

/* A whole tensor. */
typedef struct attune_param {
  uint32_t struct_size;
  uint32_t role, dtype, rank;
  const char* name;
  const int64_t* shape;
  int64_t count;
  uint64_t tensor;
  void* value;
  const void* gradient; /* null where the parameter has none */
  void* const* states;  /* whole states */
} attune_param;

typedef struct attune_step {
  uint32_t struct_size;
  uint32_t group;
  uint64_t t;                /* updates of these tensors, this one included: 1 at the first */
  const double* options;     /* by the rule's order, after schedules */
  double* saved;             /* the group's saved scalars; written in combine and prepare only */
  const double* sums;        /* results of reduce; null where there are none yet */
  double lr, lr_max;         /* option `lr` now and the largest of its schedule; 0 without one */
  double loss;               /* NaN unless ATTUNE_NEED_LOSS */
  attune_key key;            /* changes with seed, step and group */
  void* self;                /* from rule->create, else null */
  void* model;               /* for host->reevaluate and host->hessian_product */
  void* inner;               /* for host->inner_step */
  const attune_param* param; /* the tensor, where prepare is called once per tensor; else null */
  uint64_t reserved[7];      /* zero */
} attune_step;

/* A contiguous run of elements of one tensor. Nothing overlaps; nothing is aligned beyond its
 * element. A state that is not active, or not of the parameter's shape, is null here. */
typedef struct attune_chunk {
  uint32_t struct_size;
  uint32_t dtype; /* ATTUNE_F32 or ATTUNE_F64, of value and gradient */
  int64_t count;
  int64_t first;   /* number of the first element within its tensor */
  uint64_t tensor; /* number of the tensor within the optimizer */
  void* value;
  const void* gradient;
  void* const* states; /* by the rule's order, at the same element */
  attune_key key;      /* of this step's random numbers for this tensor: draw from `first` on */
  const attune_param* param; /* the whole tensor: role, rank, shape, name */
} attune_chunk;

/* ---- A rule -------------------------------------------------------------------------------------
 * One step of a group, on the host's side:
 *   [prepare_reduce, reduce over fixed chunks in order, combine]  prepare, update over all chunks
 * prepare is called once per group and step, where tensors of a group differ in t once per t, and
 * with ATTUNE_NEED_TENSOR_SUMS once per tensor. A rule with saved scalars sees one t per group.
 * update and reduce run on many threads at once; everything else on one. */
typedef struct attune_rule {
  uint32_t struct_size;
  uint32_t version;        /* of the rule's arithmetic and state: in the checkpoint */
  const char *name, *cite; /* registry key; where the formula stands */
  uint64_t needs, roles;
  uint32_t chunk_multiple; /* chunks begin at multiples of this; 1 for almost every rule */
  uint32_t n_options, n_states, n_saved, n_sums;
  uint32_t step_align; /* of scratch */
  uint64_t step_bytes; /* of scratch, which stays where it is from prepare to the last update */
  const attune_option* const* options;
  const attune_state* const* states;
  const attune_scalar* const* saved;

  /* Once per optimizer and group. */
  int32_t (*create)(const double* options, void** self);
  void (*destroy)(void* self);
  int32_t (*validate)(const double* options); /* what single ranges cannot say */
  /* Sets *active to 1 if the state is used under these options, else to 0; null: always. Asked
   * whenever an option changes; a state that becomes active starts from its declared init, and
   * stays. */
  int32_t (*state_active)(const double* options, uint32_t state, uint32_t* active);
  int64_t (*state_count)(const double* options, uint32_t state, const attune_param*);
  int32_t (*state_init)(const double* options, uint32_t state, const attune_param*);

  int32_t (*prepare)(const attune_step*, void* scratch);
  int32_t (*update)(const void* scratch, const attune_chunk*);

  int32_t (*prepare_reduce)(const attune_step*, void* scratch); /* as large as prepare's */
  int32_t (*reduce)(const void* scratch, const attune_chunk*, double* sums); /* adds to sums */
  int32_t (*combine)(const attune_step*); /* sums are known: move the saved scalars */

  int32_t (*matrix)(const attune_step*, const attune_param*); /* instead of update, per tensor */
  int32_t (*drive)(const attune_step*, const attune_param* const*, int64_t count); /* of all */
  /* Writes the weights to evaluate with to `out`; chunk->gradient is null. */
  int32_t (*eval_view)(const attune_step*, const attune_chunk*, void* out);
  const char* inner; /* name of the rule that host->inner_step runs; null without one */
} attune_rule;

/* ---- An initializer -------------------------------------------------------------------------- */
typedef struct attune_fill {
  uint32_t struct_size;
  uint32_t role, dtype, rank;
  const char* name; /* path of the parameter */
  const int64_t* shape;
  int64_t count, fan_in, fan_out;
  void* data; /* count elements, row-major, to be set; aligned to 64 bytes */
  const double* options;
  attune_key key;       /* of this parameter */
  uint64_t reserved[4]; /* zero */
} attune_fill;

typedef struct attune_initializer {
  uint32_t struct_size;
  uint32_t version;
  const char *name, *cite;
  uint64_t roles;
  uint32_t n_options;
  const attune_option* const* options;
  int32_t (*validate)(const double* options);
  int32_t (*fill)(const attune_fill*);
} attune_initializer;

/* ---- The host's services ------------------------------------------------------------------------
 * Matrices are dense and row-major. Functions that the host lacks are null and their bit in
 * `offers` is 0. All may be called from any thread that the host called from. */
typedef struct attune_host {
  uint32_t struct_size;
  uint32_t abi_major, abi_minor, reserved;
  uint64_t offers;                /* 1 << ATTUNE_NEED_* */
  void (*fail)(const char* text); /* copied; belongs to the calling thread's current call */
  void (*log_scalar)(const char* name, uint64_t tensor, double value);

  /* Draw number `draw` of elements first .. first + count - 1, the same bits on every machine:
   * uniform in [0, 1), standard normal. */
  int32_t (*uniform)(attune_key, uint32_t draw, int64_t first, int64_t count, double* out);
  int32_t (*normal)(attune_key, uint32_t draw, int64_t first, int64_t count, double* out);

  /* c = alpha op(a) op(b) + beta c, op transposing where asked; op(a) is m x k, op(b) k x n */
  int32_t (*gemm)(uint32_t dtype, int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k,
                  double alpha, const void* a, const void* b, double beta, void* c);
  /* symmetric n x n: eigenvectors replace a by columns, eigenvalues descend in w */
  int32_t (*eigh)(uint32_t dtype, int64_t n, void* a, void* w);
  /* m x n, m >= n: the orthonormal factor replaces a; the other has a non-negative diagonal */
  int32_t (*qr)(uint32_t dtype, int64_t m, int64_t n, void* a);
  /* m x n, k = min(m, n): u is m x k, s descends, vt is k x n */
  int32_t (*svd)(uint32_t dtype, int64_t m, int64_t n, const void* a, void* u, void* s, void* vt);

  /* Forward (and backward into the gradients where asked) on the step's batch, with the step's
   * random numbers and frozen statistics. */
  int32_t (*reevaluate)(void* model, int with_gradient, double* loss);
  /* out[i] = (H vectors)[i], one buffer per parameter, in the parameters' order */
  int32_t (*hessian_product)(void* model, const void* const* vectors, void* const* out);
  int32_t (*inner_step)(void* inner);
} attune_host;

/* ---- The plugin ------------------------------------------------------------------------------ */
typedef struct attune_plugin {
  uint32_t struct_size;
  uint32_t abi_major, abi_minor, reserved;
  const char* build; /* compiler and flags, for messages */
  uint32_t n_rules, n_initializers;
  const attune_rule* const* rules;
  const attune_initializer* const* initializers;
} attune_plugin;

/* The one exported symbol, ATTUNE_PLUGIN_ENTRY. The host's table outlives the process's use of the
 * plugin. Null means refusal, after host->fail(text). */
typedef const attune_plugin* attune_plugin_entry(const attune_host*);

#ifdef __cplusplus
}
#endif
#endif
