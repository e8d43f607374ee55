//go:build js && wasm

package browser

// callback makes f a function that JavaScript can call until it is released.
// The arguments are released when f returns, except those that f takes.
// f must not block.
func callback(f func(args []value)) function {
	return wrap(func(refs []reference) any {
		args := make([]value, len(refs))
		for i, ref := range refs {
			args[i] = value{ref}
		}
		_ = guard(func() error { f(args); return nil })
		for _, arg := range args {
			arg.release()
		}
		return nil
	})
}

// settlement is the outcome of a promise.
type settlement struct {
	value     value
	fulfilled bool
}

// await blocks the calling goroutine until the promise settles and releases the
// promise. The result is the caller's to release; a rejection's reason is
// dropped unread, because engines word it differently and it may hold anything.
func await(promise value) (value, error) {
	settled := make(chan settlement, 1)
	fulfilled := callback(func(args []value) { settled <- settlement{take(args, 0), true} })
	rejected := callback(func([]value) { settled <- settlement{} })
	defer fulfilled.Release()
	defer rejected.Release()
	chained, err := promise.call("then", fulfilled, rejected)
	promise.release()
	if err != nil {
		return value{}, err
	}
	chained.release()
	outcome := <-settled
	if !outcome.fulfilled {
		return value{}, failure{"awaiting a promise"}
	}
	return outcome.value, nil
}

// promised returns a new promise that settles with the result of f, which runs
// on a goroutine of its own and may block.
func promised(f func() (any, error)) value {
	var resolve, reject value
	executor := callback(func(args []value) { resolve, reject = take(args, 0), take(args, 1) })
	defer executor.Release()
	constructor := global("Promise")
	defer constructor.release()
	promise, err := constructor.construct(executor)
	if err != nil {
		return value{}
	}
	go settle(f, resolve, reject)
	return promise
}

// settle runs f and settles a promise with its outcome, a panic included.
func settle(f func() (any, error), resolve, reject value) {
	defer resolve.release()
	defer reject.release()
	var result any
	err := guard(func() (err error) {
		result, err = f()
		return err
	})
	if err != nil {
		thrown := newError(err)
		defer thrown.release()
		settled, _ := reject.invoke(thrown)
		settled.release()
		return
	}
	settled, _ := resolve.invoke(result)
	settled.release()
	if v, ok := result.(value); ok {
		v.release()
	}
}
