# shellcheck shell=bash disable=SC2154
# What a cluster could leave on the machine, before and after. Other work on the machine is told apart by the
# mark in the environment (processes), the port (interface, cgroup) and the names of the node's programs.

machine() {
	sort /etc/hosts
	find /run /var/lib /var/log /etc /opt /tmp -maxdepth 1 \
		\( -name '*containerd*' -o -name '*kubelet*' -o -name '*cni*' -o -name 'netns' -o -name '*etcd*' -o -name '*runc*' \) | sort
	grep -E "$PWD/build|kview-?$KVIEW_CLUSTER_PORT" /proc/self/mountinfo
	ls /sys/class/net | grep -x "kview$KVIEW_CLUSTER_PORT"
	find /sys/fs/cgroup -maxdepth 2 -name "kview-$KVIEW_CLUSTER_PORT"
	ls -d build/cluster 2>/dev/null
	grep -H '' /proc/sys/{vm/overcommit_memory,vm/panic_on_oom,kernel/panic,kernel/panic_on_oops,net/ipv4/ip_forward}
}

before_up() {
	running=0
	if tests/cluster/cluster.sh status >/dev/null; then running=1; fi
	machine >"$state/machine"
}
running_before() { [ "$running" = 1 ]; }

# Processes of this run, but this shell and its children
marked() {
	local file pid
	for file in /proc/[0-9]*/environ; do
		pid=${file//[!0-9]/}
		if tr '\0' '\n' <"$file" 2>/dev/null | grep -qx "KVIEW_E2E=$KVIEW_E2E" && ! below "$pid"; then
			tr '\0' ' ' <"/proc/$pid/cmdline"
			echo "(pid $pid)"
		fi
	done 2>/dev/null
}

# below PID: is it this shell or one that this shell started?
below() {
	local pid=$1
	while [ -n "$pid" ] && [ "$pid" -gt 1 ]; do
		[ "$pid" != $$ ] || return 0
		pid=$(sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d ' ' -f 2)
	done
	return 1
}

leftovers() {
	local rc=0
	machine >"$state/machine.now"
	# What the kubelet sets stays while another cluster's node is there that needs it
	if compgen -G '/sys/class/net/kview[0-9]*' >/dev/null; then sed -i '/^.proc.sys/d' "$state/machine.now"; fi
	# What is there now and was not before; what a killed run had left and this one removed is no fault
	grep -vxFf "$state/machine" "$state/machine.now" && rc=1
	marked >"$state/marked"
	if [ -s "$state/marked" ]; then
		echo "processes:" && cat "$state/marked"
		rc=1
	fi
	find "$TMPDIR" -mindepth 1 -maxdepth 1 ! -name state | grep . && rc=1
	return $rc
}
