// Restored: an object with constructor and destructor that lives as long as the module, and
// statics of functions without destructor, which are constructed anew in each execution.
namespace {

int constructions = 0;

struct counted {
    counted() : number(++constructions) {}
    ~counted() { number = -1; }
    volatile int number;
};

counted as_long_as_the_module;

struct plain {
    explicit plain(int given) : value(given) {}
    int value;
};

int first_value() { return as_long_as_the_module.number + 41; }

}  // namespace

// 42 when all is as it was loaded: one construction, and the static not yet counted up.
extern "C" int module_operate() {
    static plain of_function(first_value());
    as_long_as_the_module.number = as_long_as_the_module.number + 1;
    constructions += 1;
    return of_function.value++ + constructions - 2;
}
