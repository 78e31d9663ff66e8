// Package controllers stands in for a module that the proxy does not hold: Cilium uses this one name only.
package controllers

// DerivedServiceAnnotation marks the service that was made for an import.
const DerivedServiceAnnotation = "multicluster.kubernetes.io/derived-service"
